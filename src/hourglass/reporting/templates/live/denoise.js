// Denoise: noise, or hidden patches, on the chosen image; networks beside classical methods.
const psnr = (some, others) => -10 * Math.log10(Math.max(meanSquare(some.map((v) => Math.min(Math.max(v, 0), 1)), others), 1e-12));

// Kind -> the image with such noise of strength `level`, in all its channels; hidden pixels are NaN.
const NOISES = {
  gaussian: (data, level, seed) => {
    const noise = gaussian(data.length, seed);
    return data.map((value, i) => value + level * noise[i]);
  },
  salt_pepper: (data, level, seed, [, height, width]) => {
    const draws = Float32Array.from({ length: height * width }, uniform(seed));
    return data.map((value, i) => {
      const one = draws[i % (height * width)];
      return one < level / 2 ? 0 : one > 1 - level / 2 ? 1 : value;
    });
  },
  masked: (data, level, seed, [, height, width]) => {
    const { patch, columns, visible } = visiblePatches(level, seed);
    const shown = new Set(visible);
    return data.map((value, i) => {
      const place = i % (height * width);
      const number = Math.floor(place / width / patch) * columns + Math.floor((place % width) / patch);
      return shown.has(number) ? value : NaN;
    });
  },
};

// Patches that stay visible: of the numbers that networks were packed for, the one nearest to the level.
const visiblePatches = (level, seed) => {
  const { patch, functions } = networks.about(networks.which((network) => network.patch)[0]);
  const [rows, columns] = pool.shape.slice(1).map((side) => Math.ceil(side / patch));
  const total = rows * columns;
  const counts = functions.filter((name) => name.startsWith("encode_")).map((name) => Number(name.slice("encode_".length)));
  const away = (kept) => Math.abs(total * (1 - level) - kept);
  const kept = counts.reduce((best, other) => (away(other) < away(best) ? other : best));
  const draw = uniform(seed);
  const drawn = Array.from({ length: total }, (_, number) => [draw(), number]).sort((a, b) => a[0] - b[0]);
  return { patch, columns, visible: drawn.slice(0, kept).map(([, number]) => number).sort((a, b) => a - b) };
};

const restoreNoisy = (network, noisy) => rebuild(network, noisy, 0);

// Encodes the visible patches; visible pixels stay as they are.
const fillHidden = (network, observed, level, seed) => {
  const { visible } = visiblePatches(level, seed);
  const name = `visible_${visible.length}`;
  const z = network.run(`encode_${visible.length}`, { x: observed.map((value) => value || 0), [name]: visible });
  const whole = network.run("decode", { z });
  return observed.map((value, i) => (Number.isNaN(value) ? whole[i] : value));
};

const startDenoise = async (root) => {
  const isThere = (name) => networks.about(name);
  const ofKind = (noise) => Object.keys(LIVE.denoisers).filter((name) => LIVE.denoisers[name][0] === noise);
  const kinds = Object.keys(NOISES).filter((noise) => ofKind(noise).some(isThere) || (noise !== "masked" && ofKind(noise).length));
  const usable = (noise) => (noise === "masked" ? ofKind(noise).filter(isThere)
    : networks.which((network) => (network.noise && network.noise !== "masked") || network.closed_form));
  const input = tile(pool.shape, WORDS.noisy);
  const original = tile(pool.shape, WORDS.original);
  const tiles = make("div", { className: "tiles" });
  const note = make("p", { className: "note" });
  const trained = () => LIVE.denoisers[ofKind(kind.value())[0]][1];
  let learned = [];
  let methods = [];
  const arrange = () => {
    const noise = kind.value();
    learned = usable(noise).map((name) => [name, tile(pool.shape, name, { "data-variant": name })]);
    methods = Object.keys(CLASSICAL[noise === "masked" ? "fill" : "smooth"]).map((key) => [key, tile(pool.shape, WORDS[key])]);
    tiles.replaceChildren(...[original, input, ...learned.map(([, one]) => one), ...methods.map(([, one]) => one)].map(({ figure }) => figure));
    const absent = ofKind(noise).filter((name) => !isThere(name));
    const words = [filled(WORDS.denoiseNote, { level: number(trained()) })];
    if (noise !== "masked") words.push(WORDS.denoiseSettings);
    if (absent.length) words.push(filled(WORDS.denoiserAbsent, { names: absent.join(", ") }));
    note.textContent = words.join(" ");
  };
  const show = lately(async () => {
    const [clean, noise, strength, seed, shown] = [subject.data, kind.value(), level.value(), state.number("draw", 1), learned];
    const noisy = NOISES[noise](clean, strength, seed, pool.shape);
    original.show(clean, subject.name);
    const say = (image, setting = "") => filled(WORDS.psnr, { value: rounded(psnr(image, clean), 1) }) + setting;
    input.show(noisy, noise === "masked" ? filled(WORDS.hidden, { share: percent(noisy.filter(Number.isNaN).length / noisy.length, 1) }) : say(noisy));
    for (const [name, one] of learned) {
      const network = await networks.load(name);
      if (clean !== subject.data || shown !== learned) return;
      const image = noise === "masked" ? fillHidden(network, noisy, strength, seed) : restoreNoisy(network, noisy);
      const other = networks.about(name).noise;
      one.show(image, say(image, other && other !== noise ? ` (${WORDS.otherNoise})` : ""));
    }
    for (const [key, one] of methods) {
      // The setting that is best for this very image.
      const tried = CLASSICAL[noise === "masked" ? "fill" : "smooth"][key](noisy, pool.shape).map(([setting, restore]) => [setting, restore()]);
      const [setting, image] = tried.reduce((best, other) => (psnr(other[1], clean) > psnr(best[1], clean) ? other : best));
      one.show(image, say(image, setting && ` (${setting})`));
    }
    document.getElementById("live").dispatchEvent(new Event("drawn"));
  });
  const kind = chooser(WORDS.kind, kinds, "kind", () => {
    arrange();
    level.set(state.number("noise", trained()));
    show();
  });
  const level = slider(WORDS.noise, { min: 0, max: 1, step: 0.01, value: state.number("noise", trained()) }, (value) => state.set("noise", value));
  const again = make("button", { type: "button", textContent: WORDS.again });
  again.addEventListener("click", () => state.set("draw", state.number("draw", 1) + 1));
  state.follow("noise", () => {
    level.set(state.number("noise", trained()));
    show();
  });
  state.follow("draw", show);
  subjectFollowers.push(show);
  root.append(make("div", { className: "row" }, kind.element, level.element, again), tiles, note);
  arrange();
  if (subject.data) show();
};
