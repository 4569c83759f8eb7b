// Numbers from N(0, 1) that follow from a seed: the same seed gives the same image to everybody.
const uniform = (seed) => () => {
  // Mulberry32, by Tommy Ettinger.
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};

const gaussian = (length, seed) => {
  const draw = uniform(seed * 7919 + 1);
  return Float32Array.from({ length }, () => Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw()));
};
