// The operations of src/hourglass/live/operations.py: tensors and settings -> a tensor.

// Error function by the series 2 x / sqrt(pi) exp(-x^2) (1 + 2x^2/3 + (2x^2)^2/15 + ...), whose terms have one sign.
const erf = (x) => {
  const size = Math.abs(x);
  if (size > 4) return Math.sign(x); // nearer to it than float32 can tell
  let term = size;
  let sum = size;
  for (let n = 1; term > 1e-9 * sum; n++) {
    term *= (2 * size * size) / (2 * n + 1);
    sum += term;
  }
  return (Math.sign(x) * 2 * sum * Math.exp(-size * size)) / Math.sqrt(Math.PI);
};

const unary = (apply) => ([x]) => tensor(x.shape, x.data.map(apply));

// Shapes are aligned at their ends; a side of 1 is repeated.
const binary = (apply) => ([a, b]) => {
  const dims = Math.max(a.shape.length, b.shape.length);
  const padded = [a, b].map(({ shape }) => [...Array(dims - shape.length).fill(1), ...shape]);
  const shape = padded[0].map((side, dim) => Math.max(side, padded[1][dim]));
  const [stepsA, stepsB] = padded.map((own) => strides(own).map((step, dim) => (own[dim] === 1 ? 0 : step)));
  const out = tensor(shape);
  const place = Array(dims).fill(0);
  for (let i = 0, at = 0, bt = 0; i < out.data.length; i++) {
    out.data[i] = apply(a.data[at], b.data[bt]);
    for (let dim = dims - 1; dim >= 0; dim--) {
      at += stepsA[dim];
      bt += stepsB[dim];
      if (++place[dim] < shape[dim]) break;
      at -= stepsA[dim] * shape[dim];
      bt -= stepsB[dim] * shape[dim];
      place[dim] = 0;
    }
  }
  return out;
};

// Copies from `x`, starting at `start`, along the given steps, one for each dimension of the result.
const strided = (x, shape, steps, start = 0) => {
  const out = tensor(shape);
  const place = Array(shape.length).fill(0);
  for (let i = 0, at = start; i < out.data.length; i++) {
    out.data[i] = x.data[at];
    for (let dim = shape.length - 1; dim >= 0; dim--) {
      at += steps[dim];
      if (++place[dim] < shape[dim]) break;
      at -= steps[dim] * shape[dim];
      place[dim] = 0;
    }
  }
  return out;
};

// A sum over some dimensions, divided by how many numbers were added if it is a mean.
const reduction = (isMean) => ([x], { dims, shape }) => {
  const out = tensor(shape);
  const sums = new Float64Array(out.data.length);
  const kept = x.shape.map((side, dim) => (dims.includes(dim) ? 1 : side));
  const steps = strides(kept).map((step, dim) => (dims.includes(dim) ? 0 : step));
  const own = strides(x.shape);
  for (let i = 0; i < x.data.length; i++) {
    let at = 0;
    for (let dim = 0; dim < own.length; dim++) at += steps[dim] * (Math.floor(i / own[dim]) % x.shape[dim]);
    sums[at] += x.data[i];
  }
  const parts = isMean ? x.data.length / out.data.length : 1;
  for (let i = 0; i < sums.length; i++) out.data[i] = sums[i] / parts;
  return out;
};

const softmax = (values) => {
  const largest = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
};

const OPERATIONS = {
  add: binary((a, b) => a + b),
  sub: binary((a, b) => a - b),
  mul: binary((a, b) => a * b),
  div: binary((a, b) => a / b),
  exp: unary(Math.exp),
  log: unary(Math.log),
  relu: unary((x) => Math.max(x, 0)),
  sigmoid: unary((x) => 1 / (1 + Math.exp(-x))),
  square: unary((x) => x * x),
  gelu: unary((x) => (x * (1 + erf(x / Math.SQRT2))) / 2),
  clamp: ([x], { min, max }) => tensor(x.shape, x.data.map((v) => Math.min(Math.max(v, min ?? -Infinity), max ?? Infinity))),
  sum: reduction(false),
  mean: reduction(true),
  zeros: (_, { shape }) => tensor(shape),
  reshape: ([x], { shape }) => tensor(shape, x.data),

  // (..., inputs), (outputs, inputs), (outputs) -> (..., outputs)
  linear: ([x, weight, bias]) => {
    const [outputs, inputs] = weight.shape;
    const out = tensor([...x.shape.slice(0, -1), outputs]);
    for (let row = 0; row < x.data.length / inputs; row++) {
      for (let j = 0; j < outputs; j++) {
        let sum = bias ? bias.data[j] : 0;
        for (let k = 0, a = row * inputs, b = j * inputs; k < inputs; k++) sum += x.data[a + k] * weight.data[b + k];
        out.data[row * outputs + j] = sum;
      }
    }
    return out;
  },

  // (..., inner), (inner, columns) -> (..., columns)
  matmul: ([a, b]) => {
    const [inner, columns] = b.shape;
    const out = tensor([...a.shape.slice(0, -1), columns]);
    for (let row = 0; row < a.data.length / inner; row++) {
      for (let j = 0; j < columns; j++) {
        let sum = 0;
        for (let k = 0; k < inner; k++) sum += a.data[row * inner + k] * b.data[k * columns + j];
        out.data[row * columns + j] = sum;
      }
    }
    return out;
  },

  // (1, channels, h, w), (outputs, channels, kh, kw), (outputs) -> (1, outputs, H, W)
  conv2d: ([x, weight, bias], { stride, padding, shape }) => {
    const [, channels, h, w] = x.shape;
    const [outputs, , kh, kw] = weight.shape;
    const [, , H, W] = shape;
    const out = tensor(shape);
    for (let o = 0; o < outputs; o++) {
      for (let i = 0; i < H; i++) {
        for (let j = 0; j < W; j++) {
          let sum = bias ? bias.data[o] : 0;
          for (let c = 0; c < channels; c++) {
            for (let p = 0; p < kh; p++) {
              const y = i * stride[0] + p - padding[0];
              if (y < 0 || y >= h) continue;
              for (let q = 0; q < kw; q++) {
                const z = j * stride[1] + q - padding[1];
                if (z < 0 || z >= w) continue;
                sum += x.data[(c * h + y) * w + z] * weight.data[((o * channels + c) * kh + p) * kw + q];
              }
            }
          }
          out.data[(o * H + i) * W + j] = sum;
        }
      }
    }
    return out;
  },

  // (1, channels, h, w), (channels, outputs, kh, kw), (outputs) -> (1, outputs, H, W)
  conv_transpose2d: ([x, weight, bias], { stride, padding, shape }) => {
    const [, channels, h, w] = x.shape;
    const [, outputs, kh, kw] = weight.shape;
    const [, , H, W] = shape;
    const sums = new Float64Array(count(shape));
    for (let o = 0; o < outputs && bias; o++) sums.fill(bias.data[o], o * H * W, (o + 1) * H * W);
    for (let c = 0; c < channels; c++) {
      for (let i = 0; i < h; i++) {
        for (let j = 0; j < w; j++) {
          const value = x.data[(c * h + i) * w + j];
          for (let o = 0; o < outputs; o++) {
            for (let p = 0; p < kh; p++) {
              const y = i * stride[0] + p - padding[0];
              if (y < 0 || y >= H) continue;
              for (let q = 0; q < kw; q++) {
                const z = j * stride[1] + q - padding[1];
                if (z < 0 || z >= W) continue;
                sums[(o * H + y) * W + z] += value * weight.data[((c * outputs + o) * kh + p) * kw + q];
              }
            }
          }
        }
      }
    }
    return tensor(shape, Float32Array.from(sums));
  },

  // Means over windows; `padded`: pixels outside count as zeros, otherwise they do not count.
  average: ([x], { kernel, stride, padding, padded, shape }) => {
    const [, , h, w] = x.shape;
    const [, channels, H, W] = shape;
    const out = tensor(shape);
    for (let c = 0; c < channels; c++) {
      for (let i = 0; i < H; i++) {
        for (let j = 0; j < W; j++) {
          let sum = 0;
          let inside = 0;
          for (let p = 0; p < kernel[0]; p++) {
            const y = i * stride[0] + p - padding[0];
            if (y < 0 || y >= h) continue;
            for (let q = 0; q < kernel[1]; q++) {
              const z = j * stride[1] + q - padding[1];
              if (z < 0 || z >= w) continue;
              sum += x.data[(c * h + y) * w + z];
              inside++;
            }
          }
          out.data[(c * H + i) * W + j] = sum / (padded ? kernel[0] * kernel[1] : inside);
        }
      }
    }
    return out;
  },

  // (..., n, d), (..., m, d), (..., m, e) -> (..., n, e)
  attention: ([query, key, value]) => {
    const [n, d] = query.shape.slice(-2);
    const [m, e] = value.shape.slice(-2);
    const out = tensor([...query.shape.slice(0, -1), e]);
    for (let head = 0; head < query.data.length / (n * d); head++) {
      for (let i = 0; i < n; i++) {
        const scores = Array.from({ length: m }, (_, j) => {
          let sum = 0;
          for (let k = 0; k < d; k++) sum += query.data[(head * n + i) * d + k] * key.data[(head * m + j) * d + k];
          return sum / Math.sqrt(d);
        });
        softmax(scores).forEach((weight, j) => {
          for (let k = 0; k < e; k++) out.data[(head * n + i) * e + k] += weight * value.data[(head * m + j) * e + k];
        });
      }
    }
    return out;
  },

  layer_norm: ([x, weight, bias], { eps }) => {
    const width = weight.data.length;
    const out = tensor(x.shape);
    for (let start = 0; start < x.data.length; start += width) {
      const row = x.data.subarray(start, start + width);
      const mean = row.reduce((sum, value) => sum + value, 0) / width;
      const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width;
      const scale = 1 / Math.sqrt(variance + eps);
      row.forEach((value, i) => (out.data[start + i] = (value - mean) * scale * weight.data[i] + bias.data[i]));
    }
    return out;
  },

  permute: ([x], { dims }) => {
    const steps = strides(x.shape);
    return strided(x, dims.map((dim) => x.shape[dim]), dims.map((dim) => steps[dim]));
  },

  // A part along one dimension, which the result may lack.
  slice: ([x], { dim, start, shape }) => {
    const steps = strides(x.shape);
    const sides = shape.length < x.shape.length ? shape.toSpliced(dim, 0, 1) : shape;
    return tensor(shape, strided(x, sides, steps, start * steps[dim]).data);
  },

  cat: (parts, { dim, shape }) => {
    const out = tensor(shape);
    const inner = count(shape.slice(dim + 1));
    let place = 0;
    for (const part of parts) {
      const run = part.shape[dim] * inner;
      for (let row = 0; row < part.data.length / run; row++) {
        out.data.set(part.data.subarray(row * run, (row + 1) * run), row * shape[dim] * inner + place);
      }
      place += run;
    }
    return out;
  },

  // Zeros before and after.
  pad: ([x], { before, shape }) => {
    const out = tensor(shape);
    const [from, to] = [strides(x.shape), strides(shape)];
    for (let i = 0; i < x.data.length; i++) {
      let at = 0;
      for (let dim = 0; dim < from.length; dim++) {
        at += to[dim] * (before[dim] + (Math.floor(i / from[dim]) % x.shape[dim]));
      }
      out.data[at] = x.data[i];
    }
    return out;
  },

  rows: ([x, numbers], { shape }) => {
    const size = count(x.shape.slice(1));
    const out = tensor(shape);
    numbers.data.forEach((number, i) => out.data.set(x.data.subarray(number * size, (number + 1) * size), i * size));
    return out;
  },

  one_hot: ([numbers], { shape }) => {
    const out = tensor(shape);
    numbers.data.forEach((number, i) => (out.data[i * shape.at(-1) + number] = 1));
    return out;
  },

  // Place of the smallest number along the last dimension.
  argmin: ([x], { shape }) => {
    const width = x.shape.at(-1);
    const out = tensor(shape);
    for (let i = 0; i < out.data.length; i++) {
      const row = x.data.subarray(i * width, (i + 1) * width);
      out.data[i] = row.indexOf(row.reduce((least, value) => Math.min(least, value), Infinity));
    }
    return out;
  },
};
