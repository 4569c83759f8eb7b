// The latent planes: drag over one, and its decoder draws what lies under the pointer.
const SIDE = 336;
const LARGEST_THUMBNAILS = 90;

const startExplore = async (root) => {
  const planes = networks.which(({ latent_dim, functions }) => latent_dim === 2 && functions.includes("encode"));
  const buttons = classButtons(WORDS.classes, (number) => state.set("class", state.number("class", -1) === number ? "" : number));
  const side = make("div", { className: "planes" });
  root.append(buttons, side);
  for (const name of planes) side.append(await plane(name));
};

const plane = async (name) => {
  const network = await networks.load(name);
  const codes = pool.rows.map((row, i) => network.run("encode", { x: row, y: [pool.labels[i]] }));
  const range = [0, 1].map((dim) => span(codes.map((code) => code[dim])));
  const canvas = make("canvas", { width: SIDE, height: SIDE, className: "map" });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", filled(WORDS.mapLabel, { name }));
  const drawn = tile(pool.shape, WORDS.decoded);
  const nearest = tile(pool.shape, WORDS.nearest);
  const key = `at.${name}`;
  const start = state.get(key, "").split(",").map(Number);
  const point = [0, 1].map((dim) => (Number.isFinite(start[dim]) && start.length === 2 ? start[dim] : (range[dim][0] + range[dim][1]) / 2));

  const place = (code) => [0, 1].map((dim) => {
    const share = (code[dim] - range[dim][0]) / (range[dim][1] - range[dim][0]);
    return SIDE * (dim ? 1 - share : share);
  });
  const show = lately(() => {
    const started = performance.now();
    const image = network.run("decode", { z: point, y: [0] });
    canvas.dataset.milliseconds = (performance.now() - started).toFixed(2);
    const distances = codes.map((code) => Math.hypot(...[0, 1].map((dim) => (code[dim] - point[dim]) / (range[dim][1] - range[dim][0]))));
    const near = distances.indexOf(Math.min(...distances));
    drawn.show(image, `(${point.map((value) => value.toFixed(2)).join(", ")})`);
    nearest.show(pool.rows[near], pool.className(near));
    drawMap(canvas, codes.map(place), place(point));
  });
  const sliders = [0, 1].map((dim) =>
    slider(filled(WORDS.dimension, { number: dim + 1 }), { min: range[dim][0], max: range[dim][1], step: (range[dim][1] - range[dim][0]) / 100, value: point[dim] }, (value) => {
      point[dim] = value;
      state.set(key, point.map((one) => one.toFixed(3)).join(","));
      show();
    }));
  const move = (event) => {
    const box = canvas.getBoundingClientRect();
    const shares = [(event.clientX - box.left) / box.width, 1 - (event.clientY - box.top) / box.height];
    shares.forEach((share, dim) => {
      point[dim] = range[dim][0] + Math.min(Math.max(share, 0), 1) * (range[dim][1] - range[dim][0]);
      sliders[dim].set(point[dim]);
    });
    show();
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    move(event);
  });
  canvas.addEventListener("pointermove", (event) => (event.buttons || event.pointerType === "mouse") && move(event));
  canvas.addEventListener("pointerup", () => state.set(key, point.map((one) => one.toFixed(3)).join(",")));
  state.follow("class", show);
  state.follow("image", show);
  show();
  return make("div", { className: "plane", "data-variant": name }, make("h4", { textContent: name }), canvas,
    make("div", { className: "row" }, drawn.figure, nearest.figure), ...sliders.map(({ element }) => element));
};

// The middle 98% of values, and a margin.
const span = (values) => {
  const ordered = values.toSorted((a, b) => a - b);
  const [low, high] = [0.01, 0.99].map((share) => ordered[Math.round(share * (ordered.length - 1))]);
  const margin = 0.12 * (high - low || 1);
  return [low - margin, high + margin];
};

let small = [];

const drawMap = (canvas, places, point) => {
  if (!small.length) small = places.map((_, i) => thumbnail(i));
  const context = canvas.getContext("2d");
  const chosen = state.number("class", -1);
  context.fillStyle = "#fff";
  context.fillRect(0, 0, SIDE, SIDE);
  context.imageSmoothingEnabled = true;
  places.forEach(([x, y], i) => {
    context.globalAlpha = chosen < 0 || pool.labels[i] === chosen ? 1 : 0.15;
    if (i % Math.ceil(places.length / LARGEST_THUMBNAILS) === 0) {
      context.globalCompositeOperation = "multiply";
      context.drawImage(small[i], x - 11, y - 11, 22, 22);
      context.globalCompositeOperation = "source-over";
    }
    context.fillStyle = classColour(pool.labels[i]);
    context.beginPath();
    context.arc(x, y, i === state.number("image", -1) ? 6 : 3, 0, 2 * Math.PI);
    context.fill();
  });
  context.globalAlpha = 1;
  context.strokeStyle = "#b8402a";
  context.lineWidth = 2;
  context.beginPath();
  context.arc(...point, 9, 0, 2 * Math.PI);
  context.moveTo(point[0] - 14, point[1]);
  context.lineTo(point[0] + 14, point[1]);
  context.moveTo(point[0], point[1] - 14);
  context.lineTo(point[0], point[1] + 14);
  context.stroke();
};
