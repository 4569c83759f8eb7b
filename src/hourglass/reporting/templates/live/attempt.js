// Try an image: choose a test image, draw one or open a file; every network rebuilds it, the detector scores it.
const subject = { data: null, label: 0, name: "" };
const subjectFollowers = [];
const setSubject = (data, label, name) => {
  Object.assign(subject, { data, label, name });
  subjectFollowers.forEach((follow) => follow());
};

// A drawing or a file: no test image is chosen then, and choosing one shows it again.
const setOwn = (data, name) => {
  state.set("image", "");
  setSubject(data, LIVE.normal[0], name);
};

const startAttempt = async (root) => {
  const input = tile(pool.shape, WORDS.image);
  const tiles = networks.rebuilding().map((name) => [name, tile(pool.shape, name, { "data-variant": name })]);
  const verdict = await detectorView();
  const strip = picker(WORDS.testImages, (i) => state.set("image", i));
  const show = lately(async () => {
    const now = subject.data;
    paint(input.canvas, now, pool.shape);
    input.note.textContent = subject.name;
    verdict?.show(now);
    for (const [name, one] of tiles) {
      const network = await networks.load(name);
      if (now !== subject.data) return;
      const image = rebuild(network, now, subject.label);
      one.show(image, filled(WORDS.error, { value: rounded(meanSquare(image, now), 4) }));
    }
  });
  const follow = (value) => {
    strip.querySelectorAll("[aria-pressed]").forEach((button) => button.removeAttribute("aria-pressed"));
    if (value === "") return;
    const i = Math.min(Math.max(Math.round(state.number("image", 0)), 0), pool.rows.length - 1);
    setSubject(pool.rows[i], pool.labels[i], pool.className(i));
    strip.children[i].setAttribute("aria-pressed", "true");
  };
  state.follow("image", follow);
  subjectFollowers.push(show);
  root.append(strip, make("div", { className: "row" }, sketch(), opener(root)),
    make("div", { className: "tiles" }, input.figure, ...(verdict ? [verdict.figure] : []), ...tiles.map(([, one]) => one.figure)),
    ...(verdict ? [verdict.text] : []));
  follow();
};

// A square to draw on, in as many pixels as the images have.
const sketch = () => {
  const [, height, width] = pool.shape;
  const drawn = new Float32Array(count(pool.shape));
  let shown;
  const canvas = picture(pool.shape, WORDS.drawLabel);
  canvas.classList.add("sketch");
  paint(canvas, drawn, pool.shape);
  const show = () => {
    shown = drawn.slice();
    paint(canvas, shown, pool.shape);
    setOwn(shown, WORDS.drawing);
  };
  const stroke = (event) => {
    const box = canvas.getBoundingClientRect();
    const [x, y] = [((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height];
    for (let i = 0; i < drawn.length; i++) {
      const place = i % (height * width);
      const away = Math.hypot((place % width) + 0.5 - x, Math.floor(place / width) + 0.5 - y) / (width / 28);
      drawn[i] = Math.max(drawn[i], Math.min(Math.max(2.2 - away, 0), 1) * 0.85);
    }
    show();
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    stroke(event);
  });
  canvas.addEventListener("pointermove", (event) => event.buttons && stroke(event));
  const clear = make("button", { type: "button", textContent: WORDS.clear });
  clear.addEventListener("click", () => {
    drawn.fill(0);
    if (subject.data === shown) show();
    else paint(canvas, drawn, pool.shape);
  });
  return make("figure", { className: "tile" }, canvas, make("figcaption", {}, make("b", { textContent: WORDS.draw }), clear));
};

// A file that was chosen, or dropped on `root`.
const opener = (root) => {
  const input = make("input", { type: "file", accept: "image/*" });
  const invert = make("input", { type: "checkbox" });
  let file;
  const open = async () => {
    if (!file) return;
    try {
      setOwn(await fileImage(file, invert.checked), file.name);
    } catch {
      setSubject(subject.data, subject.label, filled(WORDS.unreadable, { name: file.name }));
    }
  };
  const take = (files) => {
    [file] = files;
    open();
  };
  input.addEventListener("change", () => take(input.files));
  invert.addEventListener("change", open);
  root.addEventListener("dragover", (event) => event.preventDefault());
  root.addEventListener("drop", (event) => {
    event.preventDefault();
    take(event.dataTransfer.files);
  });
  return make("div", { className: "opener" }, make("label", { className: "field" }, `${WORDS.open} `, input),
    make("label", { className: "field" }, invert, ` ${WORDS.invert}`), make("p", { className: "note", textContent: WORDS.openNote }));
};

// Scaled into the networks' shape, the rest black.
const fileImage = async (file, inverted) => {
  const [channels, height, width] = pool.shape;
  const bitmap = await createImageBitmap(file);
  const canvas = make("canvas", { width, height });
  const context = canvas.getContext("2d");
  const scale = Math.min(width / bitmap.width, height / bitmap.height);
  const [w, h] = [bitmap.width * scale, bitmap.height * scale];
  context.fillStyle = inverted ? "#fff" : "#000";
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, (width - w) / 2, (height - h) / 2, w, h);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  return Float32Array.from({ length: channels * height * width }, (_, i) => {
    const at = 4 * (i % (height * width));
    const [red, green, blue] = [data[at], data[at + 1], data[at + 2]];
    const value = channels === 3 ? data[at + Math.floor(i / (height * width))] : 0.299 * red + 0.587 * green + 0.114 * blue;
    return (inverted ? 255 - value : value) / 255;
  });
};

// The detector: score, p-value among calibration images, map and verdict.
const detectorView = async () => {
  if (!LIVE.detector) return null;
  const network = await networks.detector();
  const { threshold, calibration } = network.content;
  const one = tile(pool.shape, WORDS.anomalyMap);
  const text = make("p", { className: "verdict", "aria-live": "polite" });
  return {
    figure: one.figure,
    text,
    show(data) {
      const [score, ...map] = network.run("detect", { x: data });
      const p = (1 + calibration.filter((other) => other >= score).length) / (1 + calibration.length);
      paintMap(one.canvas, data, map, pool.shape);
      one.note.textContent = filled(WORDS.score, { score: rounded(score, 2) });
      text.textContent = filled(score > threshold ? WORDS.anomaly : WORDS.normal, {
        score: rounded(score, 2), threshold: rounded(threshold, 2), p: rounded(p, 3),
      });
    },
  };
};
