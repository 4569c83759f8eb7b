// The latent planes: drag over one, and its decoder draws what lies under the pointer.
const SIDE = 336;
const LARGEST_THUMBNAILS = 90;
// Pixels that a pointer moves at most in a click; farther, it drags.
const LONGEST_CLICK = 5;

const startExplore = async (root) => {
  const planes = networks.which(({ latent_dim, functions }) => latent_dim === 2 && functions.includes("encode"));
  const buttons = classButtons(WORDS.classes, (number) => state.set("class", chosenClass() === number ? "" : number));
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
  // What the state has, or the middle.
  const chosenPoint = () => {
    const values = state.get(key, "").split(",").map(parseFloat);
    return range.map(([low, high], dim) => (Number.isFinite(values[dim]) ? values[dim] : (low + high) / 2));
  };
  const point = chosenPoint();

  const place = (code) => [0, 1].map((dim) => {
    const share = (code[dim] - range[dim][0]) / (range[dim][1] - range[dim][0]);
    return SIDE * (dim ? 1 - share : share);
  });
  const nearestImage = () => {
    const distances = codes.map((code) => Math.hypot(...[0, 1].map((dim) => (code[dim] - point[dim]) / (range[dim][1] - range[dim][0]))));
    return distances.indexOf(Math.min(...distances));
  };
  const chooseNearest = () => {
    const i = nearestImage();
    state.set("class", pool.labels[i]);
    state.set("image", i);
  };
  const keep = () => state.set(key, point.map((value) => value.toFixed(3)).join(","));
  const show = lately(() => {
    const started = performance.now();
    const image = network.run("decode", { z: point, y: [0] });
    canvas.dataset.milliseconds = (performance.now() - started).toFixed(2);
    const near = nearestImage();
    drawn.show(image, filled(WORDS.point, { x: rounded(point[0], 2), y: rounded(point[1], 2) }));
    nearest.show(pool.rows[near], pool.className(near));
    drawMap(canvas, codes.map(place), place(point));
  });
  const sliders = [0, 1].map((dim) =>
    slider(filled(WORDS.dimension, { number: dim + 1 }), { min: range[dim][0], max: range[dim][1], step: (range[dim][1] - range[dim][0]) / 100, value: point[dim] }, (value) => {
      point[dim] = value;
      keep();
      show();
    }));
  state.follow(key, (value, byReader) => {
    if (byReader) return;
    chosenPoint().forEach((one, dim) => sliders[dim].set((point[dim] = one)));
    show();
  });
  const move = (shares) => {
    shares.forEach((share, dim) => {
      point[dim] = range[dim][0] + share * (range[dim][1] - range[dim][0]);
      sliders[dim].set(point[dim]);
    });
    show();
  };
  followPointer(canvas, move, keep, chooseNearest);
  pressable(nearest.figure, chooseNearest);
  state.follow("class", show);
  state.follow("image", show);
  show();
  return make("div", { className: "plane", "data-variant": name }, make("h4", { textContent: name }), canvas,
    make("div", { className: "row" }, drawn.figure, nearest.figure), ...sliders.map(({ element }) => element));
};

// Calls `move` with shares of the width and of the height, from below; `release` at the end, and then `click` if it was one.
const followPointer = (canvas, move, release, click) => {
  let start;
  const follow = (event) => {
    const box = canvas.getBoundingClientRect();
    move([(event.clientX - box.left) / box.width, 1 - (event.clientY - box.top) / box.height].map((share) => Math.min(Math.max(share, 0), 1)));
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    start = event;
    follow(event);
  });
  canvas.addEventListener("pointermove", (event) => (event.buttons || event.pointerType === "mouse") && follow(event));
  canvas.addEventListener("pointerup", (event) => {
    if (!start) return;
    release();
    if (Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY) < LONGEST_CLICK) click();
    start = undefined;
  });
};

// The middle 98% of values, and a margin.
const span = (values) => {
  const ordered = values.toSorted((a, b) => a - b);
  const [low, high] = [0.01, 0.99].map((share) => ordered[Math.round(share * (ordered.length - 1))]);
  const margin = 0.12 * (high - low || 1);
  return [low - margin, high + margin];
};

let thumbnails = [];

const drawMap = (canvas, places, point) => {
  if (!thumbnails.length) thumbnails = places.map((_, i) => thumbnail(i));
  const context = canvas.getContext("2d");
  const chosen = chosenClass();
  context.fillStyle = "#fff";
  context.fillRect(0, 0, SIDE, SIDE);
  context.imageSmoothingEnabled = true;
  places.forEach(([x, y], i) => {
    context.globalAlpha = chosen < 0 || pool.labels[i] === chosen ? 1 : 0.15;
    if (i % Math.ceil(places.length / LARGEST_THUMBNAILS) === 0) {
      context.globalCompositeOperation = "multiply";
      context.drawImage(thumbnails[i], x - 11, y - 11, 22, 22);
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
