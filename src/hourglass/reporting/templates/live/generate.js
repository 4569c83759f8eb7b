// Generate: draws from the prior by class, latent dimensions as sliders, and steps between two images.
const RANGE = 3;
const FRAMES = 9;

const startGenerate = async (root) => {
  const drawing = networks.which(({ functions }) => functions.includes("prior") && functions.includes("decode"));
  drawing.sort((a, b) => networks.about(b).conditional - networks.about(a).conditional);
  if (drawing.length) root.append(await samples(drawing));
  const paths = networks.rebuilding();
  if (paths.length) root.append(await between(paths));
};

// The network of a select, once it is unpacked; null where another was chosen meanwhile.
const chosenNetwork = async (select) => {
  const name = select.value();
  const network = await networks.load(name);
  return name === select.value() ? network : null;
};

const samples = async (names) => {
  const conditional = names.filter((name) => networks.about(name).conditional);
  const main = tile(pool.shape, WORDS.sample, { className: "tile large" });
  const row = LIVE.classes.map((name, number) => tile(pool.shape, name, { "data-class": number }));
  const sliders = make("div", { className: "sliders" });
  let noise = new Float32Array(0);
  const seed = () => state.number("seed", 1);
  const label = () => Math.max(chosenClass(), 0);

  const show = lately(async () => {
    const network = await chosenNetwork(select);
    if (network?.content.latent_dim !== noise.length) return;
    const decoded = (y) => network.run("decode", { z: network.run("prior", { noise, y: [y] }), y: [y] });
    const { conditional: byClass, beta } = network.content;
    main.show(decoded(label()), byClass ? LIVE.classes[label()] : "");
    row.forEach((one, number) => {
      one.figure.hidden = !byClass;
      if (byClass) one.show(decoded(number), "");
    });
    about.textContent = filled(byClass ? WORDS.conditional : WORDS.unconditional, { name: select.value(), beta: beta === undefined || beta === null ? "" : number(beta) });
    root.querySelectorAll(".classes button").forEach((button) => button.toggleAttribute("disabled", !byClass));
  });
  const redraw = async () => {
    const network = await chosenNetwork(select);
    if (!network) return;
    noise = gaussian(network.content.latent_dim, seed());
    sliders.replaceChildren(...[...noise].map((value, dim) =>
      slider(`z${dim + 1}`, { min: -RANGE, max: RANGE, step: 0.05, value }, (moved) => {
        noise[dim] = moved;
        show();
      }).element));
    show();
  };
  const select = chooser(WORDS.network, names, "generator", redraw);
  const again = make("button", { type: "button", textContent: WORDS.again });
  again.addEventListener("click", () => state.set("seed", seed() + 1));
  const about = make("p", { className: "note" });
  const byBeta = betas(conditional, select);
  state.follow("seed", redraw);
  state.follow("class", show);
  const root = make("div", {}, make("div", { className: "row" }, select.element, ...byBeta, again),
    ...(conditional.length ? [classButtons(WORDS.classes, (number) => state.set("class", number))] : []),
    make("div", { className: "generated" }, main.figure, make("details", {}, make("summary", { textContent: WORDS.dimensions }), sliders)),
    make("div", { className: "tiles" }, ...row.map(({ figure }) => figure)), about);
  await redraw();
  return root;
};

// A slider over the weights of the KL term that there are trained networks of.
const betas = (names, select) => {
  const ordered = names.toSorted((a, b) => networks.about(a).beta - networks.about(b).beta);
  if (ordered.length < 2) return [];
  const now = () => Math.max(ordered.indexOf(select.value()), 0);
  const format = (place) => number(networks.about(ordered[place]).beta);
  const one = slider(WORDS.beta, { min: 0, max: ordered.length - 1, step: 1, value: now(), format }, (place) => state.set("generator", ordered[place]));
  state.follow("generator", () => one.set(now()));
  return [one.element];
};

// From image A to image B: through the latent space of a network, and pixel by pixel.
const between = async (names) => {
  const ends = ["a", "b"].map((key, place) => {
    const one = tile(pool.shape, key.toUpperCase());
    const number = () => Math.min(Math.max(Math.round(state.number(key, place * Math.floor(pool.rows.length / 2))), 0), pool.rows.length - 1);
    const button = make("button", { type: "button", className: "end", "aria-pressed": String(!place) }, one.figure);
    button.addEventListener("click", () => ends.forEach((end) => end.button.setAttribute("aria-pressed", String(end.button === button))));
    state.follow(key, () => show());
    return { key, one, number, button };
  });
  const frames = [WORDS.latentSpace, WORDS.pixelSpace].map((title) => ({
    title, tiles: Array.from({ length: FRAMES }, (_, i) => tile(pool.shape, percent(i / (FRAMES - 1)))),
  }));
  const middle = tile(pool.shape, WORDS.between, { className: "tile large" });
  const mixed = (some, others, share) => some.map((value, i) => (1 - share) * value + share * others[i]);
  const show = lately(async () => {
    const network = await chosenNetwork(select);
    if (!network) return;
    const [a, b] = ends.map(({ number }) => number());
    ends.forEach(({ one, number }) => one.show(pool.rows[number()], pool.className(number())));
    const [from, to] = [a, b].map((i) => network.run("encode", { x: pool.rows[i], y: [pool.labels[i]] }));
    const label = (share) => [pool.labels[share < 0.5 ? a : b]];
    const decoded = (share) => network.run("decode", { z: mixed(from, to, share), y: label(share) });
    middle.show(decoded(share.value()), "");
    frames[0].tiles.forEach((one, i) => one.show(decoded(i / (FRAMES - 1)), ""));
    frames[1].tiles.forEach((one, i) => one.show(mixed(pool.rows[a], pool.rows[b], i / (FRAMES - 1)), ""));
  });
  const select = chooser(WORDS.network, names, "path", () => show());
  const share = slider(WORDS.share, { min: 0, max: 1, step: 0.01, value: state.number("share", 0.5) }, (value) => state.set("share", value));
  state.follow("share", () => {
    share.set(state.number("share", 0.5));
    show();
  });
  const pick = (i) => state.set(ends.find(({ button }) => button.getAttribute("aria-pressed") === "true").key, i);
  show();
  return make("div", {}, make("h4", { textContent: WORDS.interpolate }), make("p", { textContent: WORDS.interpolateIntro }),
    make("div", { className: "row" }, ...ends.map(({ button }) => button), middle.figure, make("div", { className: "row" }, select.element, share.element)),
    picker(WORDS.testImages, pick),
    ...frames.map(({ title, tiles }) => make("div", {}, make("h5", { textContent: title }), make("div", { className: "tiles" }, ...tiles.map(({ figure }) => figure)))));
};
