// Tensors: a shape, and numbers in row-major order.
const count = (shape) => shape.reduce((product, side) => product * side, 1);

const tensor = (shape, data = new Float32Array(count(shape))) => ({ shape, data });

// Steps in the data from one place to the next along each dimension.
const strides = (shape) => shape.map((_, dim) => count(shape.slice(dim + 1)));

// The largest difference from the numbers that were expected, relative where these are above 1.
const largestDifference = (computed, expected) => {
  let largest = 0;
  for (let i = 0; i < computed.length; i++) {
    largest = Math.max(largest, Math.abs(computed[i] - expected[i]) / Math.max(1, Math.abs(expected[i])));
  }
  return largest;
};

const meanSquare = (some, others) => {
  let sum = 0;
  for (let i = 0; i < some.length; i++) sum += (some[i] - others[i]) ** 2;
  return sum / some.length;
};
