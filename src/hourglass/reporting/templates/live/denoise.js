// Denoise: noise of any strength on the chosen image; the denoisers beside classical methods.
const psnr = (some, others) => -10 * Math.log10(Math.max(meanSquare(some.map((v) => Math.min(Math.max(v, 0), 1)), others), 1e-12));

const NOISES = {
  gaussian: (data, level, seed) => {
    const noise = gaussian(data.length, seed);
    return data.map((value, i) => value + level * noise[i]);
  },
  salt_pepper: (data, level, seed, [channels, height, width]) => {
    const draw = uniform(seed);
    const draws = Float32Array.from({ length: height * width }, draw);
    return data.map((value, i) => {
      const one = draws[i % (height * width)];
      return one < level / 2 ? 0 : one > 1 - level / 2 ? 1 : value;
    });
  },
};

const startDenoise = async (root) => {
  const denoisers = networks.which(({ noise }) => noise in NOISES);
  const kinds = [...new Set(denoisers.map((name) => networks.about(name).noise))];
  const linear = networks.which(({ closed_form }) => closed_form);
  const input = tile(pool.shape, WORDS.noisy);
  const original = tile(pool.shape, WORDS.original);
  const learned = [...denoisers, ...linear].map((name) => [name, tile(pool.shape, name, { "data-variant": name })]);
  const methods = Object.keys(CLASSICAL).map((key) => [key, tile(pool.shape, WORDS[key])]);
  const show = lately(async () => {
    const clean = subject.data;
    const noisy = NOISES[kind.value()](clean, level.value(), state.number("draw", 1), pool.shape);
    original.show(clean, subject.name);
    const say = (image, setting = "") => filled(WORDS.psnr, { value: psnr(image, clean).toFixed(1) }) + setting;
    input.show(noisy, say(noisy));
    for (const [name, one] of learned) {
      const network = await networks.load(name);
      if (clean !== subject.data) return;
      const image = rebuild(network, noisy, 0);
      one.show(image, say(image));
    }
    for (const [key, one] of methods) {
      // The setting that is best for this very image.
      const tried = CLASSICAL[key](noisy, pool.shape).map(([setting, restore]) => [setting, restore()]);
      const [setting, image] = tried.reduce((best, other) => (psnr(other[1], clean) > psnr(best[1], clean) ? other : best));
      one.show(image, say(image, ` (${setting})`));
    }
  });
  const kind = chooser(WORDS.kind, kinds, "kind", show);
  const trained = networks.about(denoisers[0]).level;
  const level = slider(WORDS.noise, { min: 0, max: 1, step: 0.01, value: state.number("noise", trained) }, (value) => state.set("noise", value));
  const again = make("button", { type: "button", textContent: WORDS.again });
  again.addEventListener("click", () => state.set("draw", state.number("draw", 1) + 1));
  state.follow("noise", (value) => {
    level.set(value ?? trained);
    show();
  });
  state.follow("draw", show);
  subjectFollowers.push(show);
  root.append(make("div", { className: "row" }, ...(kinds.length > 1 ? [kind.element] : []), level.element, again),
    make("div", { className: "tiles" }, ...[original, input, ...learned.map(([, one]) => one), ...methods.map(([, one]) => one)].map(({ figure }) => figure)),
    make("p", { className: "note", textContent: filled(WORDS.denoiseNote, { level: trained }) }));
  if (subject.data) show();
};
