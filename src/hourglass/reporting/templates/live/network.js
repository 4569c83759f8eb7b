// A network: weights from int8 numbers with a scale per row, and programs that compute with them.
// Its JSON is written by src/hourglass/live/packing.py.

const bytes = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

const unzipped = async (base64) => {
  const stream = new Blob([bytes(base64)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
};

const floats = (base64) => new Float32Array(bytes(base64).buffer);

class Network {
  constructor(content, numbers, values) {
    this.content = content;
    this.tensors = {};
    for (const [name, place] of Object.entries(content.tensors)) {
      this.tensors[name] = place.numbers === undefined ? plain(place, values) : scaled(place, numbers, values);
    }
    // What depends on weights alone is computed once.
    this.constants = {};
    for (const [name, program] of Object.entries(content.programs)) this.constants[name] = this.fold(program);
  }

  static async load(content) {
    const [numbers, values] = await Promise.all([unzipped(content.numbers), unzipped(content.floats)]);
    return new Network(content, new Int8Array(numbers), new Float32Array(values));
  }

  // Runs a program, on inputs by name: lists of numbers of the network's own shapes.
  run(name, inputs) {
    const program = this.content.programs[name];
    const { image_shape: image, latent_dim: latent } = this.content;
    // Numbers of visible patches are as many as they are.
    const shapes = { x: [1, ...image], z: [1, latent], noise: [1, latent], y: [1] };
    const given = {};
    for (const input of program.inputs) given[input] = tensor(shapes[input] ?? [inputs[input].length], Float32Array.from(inputs[input]));
    const results = [...this.constants[name]];
    program.operations.forEach(([operation, args, settings], place) => {
      if (!results[place]) results[place] = OPERATIONS[operation](this.arguments(args, given, results), settings);
    });
    return this.arguments([program.output], given, results)[0].data;
  }

  // Results that need no input, by their place.
  fold({ operations }) {
    const results = [];
    operations.forEach(([operation, args, settings], place) => {
      const known = args.every((arg) => Array.isArray(arg) || arg in this.tensors || results[arg] !== undefined);
      results[place] = known ? OPERATIONS[operation](this.arguments(args, {}, results), settings) : undefined;
    });
    return results;
  }

  // A number in a list is itself, another number is the place of an earlier result, a name an input or a weight.
  arguments(args, given, results) {
    return args.map((arg) => {
      if (Array.isArray(arg)) return tensor([], Float32Array.from(arg));
      return typeof arg === "number" ? results[arg] : given[arg] ?? this.tensors[arg];
    });
  }

  // The largest difference from what PyTorch computed with the same weights.
  check() {
    const differences = this.content.examples.map((example) => {
      const inputs = Object.fromEntries(Object.entries(example.inputs).map(([name, value]) => [name, floats(value)]));
      if (example.pixels) inputs.x = Float32Array.from(bytes(example.pixels), (value) => value / 255);
      return largestDifference(this.run(example.function, inputs), floats(example.output));
    });
    return Math.max(...differences);
  }
}

const plain = (place, values) =>
  tensor(place.shape, values.subarray(place.floats, place.floats + count(place.shape)));

const scaled = (place, numbers, values) => {
  const out = tensor(place.shape);
  const width = count(place.shape.slice(1));
  for (let i = 0; i < out.data.length; i++) {
    out.data[i] = numbers[place.numbers + i] * values[place.floats + Math.floor(i / width)];
  }
  return out;
};
