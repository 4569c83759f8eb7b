// Classical methods that remove noise or fill in hidden pixels, on one image (channels, height, width); counterparts of
// src/hourglass/evaluation/classical_restorers.py.

// The middle of each window of side x side pixels; outside, the image is mirrored.
const median = (data, [channels, height, width], side) => {
  const out = new Float32Array(data.length);
  const reach = (side - 1) / 2;
  const mirrored = (at, length) => (at < 0 ? -at - 1 : at >= length ? 2 * length - at - 1 : at);
  const window = new Float32Array(side * side);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < height; i++) {
      for (let j = 0; j < width; j++) {
        let n = 0;
        for (let p = -reach; p <= reach; p++) {
          const row = (c * height + mirrored(i + p, height)) * width;
          for (let q = -reach; q <= reach; q++) window[n++] = data[row + mirrored(j + q, width)];
        }
        out[(c * height + i) * width + j] = window.sort()[(window.length - 1) / 2];
      }
    }
  }
  return out;
};

// Total variation by Chambolle's projection (2004), "An algorithm for total variation minimization and applications".
const STEP = 0.248;
const ROUNDS = 60;

const totalVariation = (data, [channels, height, width], weight) => {
  const out = new Float32Array(data.length);
  const size = height * width;
  for (let c = 0; c < channels; c++) {
    const image = data.subarray(c * size, (c + 1) * size);
    const [down, right] = [new Float32Array(size), new Float32Array(size)];
    const smooth = out.subarray(c * size, (c + 1) * size);
    const restore = () => {
      for (let i = 0; i < size; i++) {
        const above = i >= width ? down[i - width] : 0;
        const left = i % width ? right[i - 1] : 0;
        smooth[i] = image[i] + weight * (down[i] - above + right[i] - left);
      }
    };
    for (let round = 0; round < ROUNDS; round++) {
      restore();
      for (let i = 0; i < size; i++) {
        const dy = i + width < size ? smooth[i + width] - smooth[i] : 0;
        const dx = (i + 1) % width ? smooth[i + 1] - smooth[i] : 0;
        const scale = 1 + (STEP / weight) * Math.hypot(dy, dx);
        down[i] = (down[i] + (STEP / weight) * dy) / scale;
        right[i] = (right[i] + (STEP / weight) * dx) / scale;
      }
    }
    restore();
  }
  return out;
};

// Hidden pixels (NaN) get the mean of the visible ones.
const visibleMean = (data) => {
  const known = data.filter((value) => !Number.isNaN(value));
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  return data.map((value) => (Number.isNaN(value) ? mean : value));
};

// Hidden pixels get the mean of their neighbours, again and again: Laplace's equation, by Gauss and Seidel.
const SWEEPS = 150;

const harmonic = (data, [channels, height, width]) => {
  const out = visibleMean(data);
  const size = height * width;
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (let i = 0; i < channels * size; i++) {
      if (!Number.isNaN(data[i])) continue;
      const [row, column] = [Math.floor((i % size) / width), i % width];
      const near = [];
      if (row > 0) near.push(out[i - width]);
      if (row < height - 1) near.push(out[i + width]);
      if (column > 0) near.push(out[i - 1]);
      if (column < width - 1) near.push(out[i + 1]);
      out[i] = near.reduce((sum, value) => sum + value, 0) / near.length;
    }
  }
  return out;
};

// Method -> its restorations at all its settings, the settings by name; `smooth` removes noise, `fill` fills holes.
const CLASSICAL = {
  smooth: {
    median: (data, shape) => [3, 5, 7].map((side) => [`${side} × ${side}`, () => median(data, shape, side)]),
    totalVariation: (data, shape) =>
      [0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.2, 2].map((weight) => [number(weight), () => totalVariation(data, shape, weight)]),
  },
  fill: {
    visibleMean: (data) => [["", () => visibleMean(data)]],
    harmonic: (data, shape) => [["", () => harmonic(data, shape)]],
  },
};
