// Threshold: a slider on the histogram of scores moves the point on the ROC curve, the counts, and the images nearest to it.
const NEAREST = 14;

const startThreshold = async (root) => {
  const names = Object.keys(LIVE.scores);
  const bins = LIVE.bins;
  const histogram = make("canvas", { width: 560, height: 220, className: "chart", role: "img" });
  const curve = make("canvas", { width: 260, height: 220, className: "chart", role: "img" });
  const captioned = (canvas, text) =>
    make("figure", { style: `width: ${canvas.width}px` }, canvas, make("figcaption", { textContent: text }));
  const counts = make("table", { className: "counts" });
  const nearest = make("div", { className: "tiles" });
  const text = make("p", { "aria-live": "polite" });
  const scoreAt = (at) => {
    const { low, high } = LIVE.scores[select.value()];
    return low + (at / bins) * (high - low);
  };
  const isNormal = (number) => LIVE.normal.includes(number);

  const show = lately(() => {
    const scores = LIVE.scores[select.value()];
    const at = Math.round(position.value());
    const groups = [true, false].map((normal) =>
      Array.from({ length: bins }, (_, bin) => sum(scores.counts.map((row, number) => (isNormal(number) === normal ? row[bin] : 0)))));
    const above = groups.map((group) => Array.from({ length: bins + 1 }, (_, bin) => sum(group.slice(bin))));
    const [normals, anomalies] = above.map((tail) => tail[0]);
    const [falsePositives, truePositives] = above.map((tail) => tail[at]);
    const score = scoreAt(at);
    drawHistogram(histogram, groups, at, chosenClass() < 0 ? null : scores.counts[chosenClass()]);
    drawCurve(curve, above, at);
    const rates = { score: rounded(score, 2), fpr: percent(falsePositives / normals, 1), tpr: percent(truePositives / anomalies, 1) };
    text.textContent = filled(WORDS.rates, rates);
    histogram.setAttribute("aria-label", filled(WORDS.histogramLabel, rates));
    curve.setAttribute("aria-label", filled(WORDS.curveLabel, rates));
    counts.replaceChildren(...table([["", WORDS.flagged, WORDS.passed], [WORDS.anomalous, truePositives, anomalies - truePositives], [WORDS.normalClass, falsePositives, normals - falsePositives]]));
    const order = scores.pool.map((bin, i) => [Math.abs(bin + 0.5 - at), i]).sort((a, b) => a[0] - b[0]).slice(0, NEAREST).map(([, i]) => i);
    nearest.replaceChildren(...order.sort((a, b) => scores.pool[a] - scores.pool[b]).map((i) => nearby(i, scores.pool[i] >= at, isNormal(pool.labels[i]))));
    document.getElementById("live").dispatchEvent(new Event("drawn"));
  });
  const ownThreshold = () => LIVE.scores[select.value()].threshold;
  const follow = () => {
    position.set(state.number("threshold", ownThreshold()));
    show();
  };
  const select = chooser(WORDS.detector, names, "detector", follow, names.includes(LIVE.detector?.name) ? LIVE.detector.name : names[0]);
  const position = slider(WORDS.threshold, { min: 0, max: bins, step: 1, value: state.number("threshold", ownThreshold()), format: (at) => rounded(scoreAt(at), 2) }, (value) => state.set("threshold", value));
  // Another detector starts at its own threshold; a link has the threshold that it was made with.
  select.input.addEventListener("change", () => state.set("threshold", ownThreshold()));
  state.follow("threshold", follow);
  state.follow("class", show);
  // A chosen variant is the detector that is shown.
  state.follow("variant", (name, byReader) => {
    if (!byReader || !names.includes(name)) return;
    state.set("detector", name);
    state.set("threshold", ownThreshold());
  });
  root.append(make("div", { className: "row" }, select.element, position.element), text,
    make("div", { className: "row" }, captioned(histogram, WORDS.histogram), captioned(curve, WORDS.curve), counts), make("h5", { textContent: WORDS.nearestImages }), nearest);
  show();
};

const sum = (values) => values.reduce((total, value) => total + value, 0);

const table = ([head, ...rows]) => [
  make("thead", {}, make("tr", {}, ...head.map((text) => make("th", { scope: "col", textContent: text })))),
  make("tbody", {}, ...rows.map(([name, ...cells]) => make("tr", {}, make("th", { scope: "row", textContent: name }), ...cells.map((cell) => make("td", { textContent: typeof cell === "number" ? number(cell) : cell }))))),
];

const nearby = (i, flagged, normal) => {
  const one = tile(pool.shape, pool.className(i), { "data-class": pool.labels[i], "data-image": i });
  one.show(pool.rows[i], flagged ? WORDS.isFlagged : WORDS.isPassed);
  one.figure.classList.add(flagged === !normal ? "right" : "wrong");
  pressable(one.figure, () => state.set("image", i));
  return one.figure;
};

const drawHistogram = (canvas, groups, at, chosen) => {
  const context = canvas.getContext("2d");
  const { width, height } = canvas;
  context.clearRect(0, 0, width, height);
  const step = width / groups[0].length;
  const bars = (counts, colour, alpha) => {
    const largest = Math.max(...counts, 1);
    context.fillStyle = colour;
    context.globalAlpha = alpha;
    counts.forEach((value, bin) => {
      const tall = (value / largest) * (height - 8);
      context.fillRect(bin * step, height - tall, step, tall);
    });
    context.globalAlpha = 1;
  };
  bars(groups[1], "#d9673a", 0.65);
  bars(groups[0], "#2a7f9e", 0.65);
  if (chosen) bars(chosen, "#22313a", 0.45);
  context.fillStyle = "#22313a";
  context.fillRect(at * step - 1, 0, 2, height);
};

const drawCurve = (canvas, [normal, anomalous], at) => {
  const context = canvas.getContext("2d");
  const { width, height } = canvas;
  const place = (bin) => [6 + (normal[bin] / normal[0]) * (width - 12), height - 6 - (anomalous[bin] / anomalous[0]) * (height - 12)];
  context.clearRect(0, 0, width, height);
  context.strokeStyle = "#8d9aa2";
  context.strokeRect(6, 6, width - 12, height - 12);
  context.strokeStyle = "#2a7f9e";
  context.lineWidth = 2;
  context.beginPath();
  normal.forEach((_, bin) => context.lineTo(...place(bin)));
  context.stroke();
  context.lineWidth = 1;
  context.fillStyle = "#b8402a";
  context.beginPath();
  context.arc(...place(at), 6, 0, 2 * Math.PI);
  context.fill();
};
