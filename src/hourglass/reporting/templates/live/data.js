// What the page was given: texts, classes, test images, scores, and networks. Each is unpacked once; the badge needs all.
const content = (id) => JSON.parse(document.getElementById(id).textContent);

const LIVE = content("live-data");

const WORDS = LIVE.words;

const networks = (() => {
  const loading = {};
  const load = (id) => (loading[id] ??= Network.load(content(`network-${id}`)));
  const named = (able) => LIVE.networks.filter(able).map(({ name }) => name);
  return {
    load,
    detector: () => load("detector-of-the-page"),
    // Names of networks whose description says so.
    which: named,
    about: (name) => LIVE.networks.find((network) => network.name === name),
    rebuilding: () => named(({ functions }) => functions.includes("encode") && functions.includes("decode")),
  };
})();

// Test images, evenly from all classes: numbers in [0, 1].
const pool = {
  shape: LIVE.pool.shape,
  labels: LIVE.pool.labels,
  rows: [],
  async load() {
    const all = new Uint8Array(await unzipped(LIVE.pool.pixels));
    const size = count(pool.shape);
    pool.rows = pool.labels.map((_, i) => Float32Array.from(all.subarray(i * size, (i + 1) * size), (value) => value / 255));
  },
  className: (i) => LIVE.classes[pool.labels[i]],
};

// Number of the chosen class, -1 without one.
const chosenClass = () => {
  const number = state.number("class", -1);
  return number in LIVE.classes ? number : -1;
};

const rebuild = (network, data, y) => network.run("decode", { z: network.run("encode", { x: data, y: [y] }), y: [y] });
