import * as tf from '@tensorflow/tfjs-core';
import { decodeOnnx, elementType, type OnnxNode, type OnnxTensor } from '../../../src/models/onnx/index.js';

/** What a node of ONNX does, after the specification, on [N, C, H, W]; windows by plain loops. */
type Operator = (inputs: tf.Tensor[], attribute: Attributes) => tf.Tensor;

interface Attributes {
  ints(name: string, otherwise: number[]): number[];
  int(name: string, otherwise: number): number;
  float(name: string, otherwise: number): number;
  text(name: string): string | undefined;
}

/**
 * Runs an ONNX model in float32, one image after the other in plain loops: for small networks.
 *
 * @returns its outputs by name
 */
export function evaluate(bytes: Uint8Array, pixelValues: tf.Tensor): Record<string, tf.Tensor> {
  const { graph } = decodeOnnx(bytes);
  const values = new Map<string, tf.Tensor>([['pixel_values', pixelValues]]);
  for (const initializer of graph.initializer) values.set(initializer.name, tensorOf(initializer));
  for (const node of graph.node) {
    const operator = operators[node.op_type];
    if (!operator) throw new Error(`the evaluator knows no ${node.op_type}`);
    const inputs = node.input.map((name) => values.get(name)!);
    values.set(node.output[0]!, operator(inputs, attributesOf(node)));
  }
  return Object.fromEntries(graph.output.map(({ name }) => [name, values.get(name)!]));
}

function tensorOf({ dims, data_type: type, raw_data: raw }: OnnxTensor): tf.Tensor {
  const shape = dims.map(Number);
  const { buffer } = new Uint8Array(raw!);
  if (type === elementType.INT64)
    return tf.tensor(Array.from(new BigInt64Array(buffer), Number), shape, 'int32');
  return tf.tensor(new Float32Array(buffer), shape);
}

function attributesOf({ attribute }: OnnxNode): Attributes {
  const find = (name: string) => attribute.find((each) => each.name === name);
  return {
    ints: (name, otherwise) => find(name)?.ints.map(Number) ?? otherwise,
    int: (name, otherwise) => Number(find(name)?.i ?? otherwise),
    float: (name, otherwise) => find(name)?.f ?? otherwise,
    text: (name) => {
      const found = find(name);
      return found && Buffer.from(found.s).toString();
    },
  };
}

const list = (tensor: tf.Tensor): number[] => Array.from(tensor.dataSync());
const one = (operator: (x: tf.Tensor, attribute: Attributes) => tf.Tensor): Operator => {
  return ([x], attribute) => operator(x!, attribute);
};
const two = (operator: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Operator => {
  return (inputs) => inputs.reduce(operator);
};
const reduced = (operator: (x: tf.Tensor, axes: number[], keep: boolean) => tf.Tensor): Operator => {
  return ([x, axes], { ints, int }) =>
    operator(x!, axes ? list(axes) : ints('axes', []), int('keepdims', 1) === 1);
};
const perChannel = (x: tf.Tensor, values: tf.Tensor) =>
  tf.reshape(values, [-1, ...x.shape.slice(2).map(() => 1)]);

const operators: Record<string, Operator> = {
  Identity: one((x) => x),
  Relu: one((x) => tf.relu(x)),
  Sigmoid: one((x) => tf.sigmoid(x)),
  Tanh: one((x) => tf.tanh(x)),
  Erf: one((x) => tf.erf(x)),
  Sqrt: one((x) => tf.sqrt(x)),
  Elu: one((x) => tf.elu(x)),
  Selu: one((x) => tf.selu(x)),
  Softplus: one((x) => tf.softplus(x)),
  Softsign: one((x) => tf.div(x, tf.add(tf.abs(x), 1))),
  HardSigmoid: one((x, { float }) =>
    tf.clipByValue(tf.add(tf.mul(x, float('alpha', 0.2)), float('beta', 0.5)), 0, 1),
  ),
  LeakyRelu: one((x, { float }) => tf.leakyRelu(x, float('alpha', 0.01))),
  ThresholdedRelu: one((x, { float }) => tf.mul(x, tf.cast(tf.greater(x, float('alpha', 1)), 'float32'))),
  PRelu: two((x, slope) => tf.where(tf.greater(x, 0), x, tf.mul(x, slope))),
  Clip: ([x, low, high]) => tf.clipByValue(x!, list(low!)[0]!, list(high!)[0]!),
  Softmax: one((x, { int }) => {
    const axis = int('axis', -1);
    const powers = tf.exp(tf.sub(x, tf.max(x, axis, true)));
    return tf.div(powers, tf.sum(powers, axis, true));
  }),
  Add: two((a, b) => tf.add(a, b)),
  Sub: two((a, b) => tf.sub(a, b)),
  Mul: two((a, b) => tf.mul(a, b)),
  Div: two((a, b) => tf.div(a, b)),
  Max: two((a, b) => tf.maximum(a, b)),
  Min: two((a, b) => tf.minimum(a, b)),
  Mean: (inputs) =>
    tf.div(
      inputs.reduce((a, b) => tf.add(a, b)),
      inputs.length,
    ),
  Greater: two((a, b) => tf.greater(a, b)),
  Where: ([condition, a, b]) => tf.where(condition!, a!, tf.broadcastTo(b!, a!.shape)),
  MatMul: two((a, b) => tf.matMul(a, b)),
  Gemm: ([a, b, c], { int }) => {
    const product = tf.matMul(a!, b!, false, int('transB', 0) === 1);
    return c ? tf.add(product, c) : product;
  },
  ReduceMean: reduced((x, axes, keep) => tf.mean(x, axes, keep)),
  ReduceMax: reduced((x, axes, keep) => tf.max(x, axes, keep)),
  ReduceMin: reduced((x, axes, keep) => tf.min(x, axes, keep)),
  ReduceSum: reduced((x, axes, keep) => tf.sum(x, axes, keep)),
  ArgMax: one((x, { int }) => tf.argMax(x, int('axis', 0))),
  Gather: ([x, indices], { int }) => tf.gather(x!, tf.cast(indices!, 'int32'), int('axis', 0)),
  Concat: (inputs, { int }) => tf.concat(inputs, int('axis', 0)),
  Transpose: one((x, { ints }) => tf.transpose(x, ints('perm', []))),
  Flatten: one((x) => tf.reshape(x, [x.shape[0], -1])),
  Reshape: ([x, sizes]) =>
    tf.reshape(
      x!,
      list(sizes!).map((size, axis) => size || x!.shape[axis]!),
    ),
  Unsqueeze: ([x, axes]) => list(axes!).reduce((wider, axis) => tf.expandDims(wider, axis), x!),
  Tile: ([x, repeats]) => tf.tile(x!, list(repeats!)),
  Pad: ([x, pads]) => {
    const sizes = list(pads!);
    const rank = sizes.length / 2;
    return tf.pad(
      x!,
      x!.shape.map((_, axis) => [sizes[axis]!, sizes[axis + rank]!]),
    );
  },
  Slice: ([x, starts, ends, axes]) => {
    const [from, to] = [list(starts!), list(ends!)];
    return list(axes!).reduce((part, axis, index) => {
      const length = part.shape[axis]!;
      const end = to[index]! < 0 ? length + to[index]! : Math.min(to[index]!, length);
      const begin = part.shape.map((_, other) => (other === axis ? from[index]! : 0));
      const size = part.shape.map((all, other) => (other === axis ? end - from[index]! : all));
      return tf.slice(part, begin, size);
    }, x!);
  },
  BatchNormalization: ([x, scale, shift, mean, variance], { float }) => {
    const factor = tf.div(scale!, tf.sqrt(tf.add(variance!, float('epsilon', 1e-5))));
    const centered = tf.sub(x!, perChannel(x!, mean!));
    return tf.add(tf.mul(centered, perChannel(x!, factor)), perChannel(x!, shift!));
  },
  LayerNormalization: ([x, scale, shift], { int, float }) => {
    const first = x!.rank + int('axis', -1);
    const axes = x!.shape.map((_, axis) => axis).filter((axis) => axis >= first);
    const { mean, variance } = tf.moments(x!, axes, true);
    const normal = tf.div(tf.sub(x!, mean), tf.sqrt(tf.add(variance, float('epsilon', 1e-5))));
    const scaled = tf.mul(normal, scale!);
    return shift ? tf.add(scaled, shift) : scaled;
  },
  GlobalAveragePool: one((x) => tf.mean(x, [2, 3], true)),
  GlobalMaxPool: one((x) => tf.max(x, [2, 3], true)),
  MaxPool: one((x, attribute) => windows(x, attribute, (found) => Math.max(...found))),
  AveragePool: one((x, attribute) =>
    windows(x, attribute, (found) => found.reduce((sum, value) => sum + value, 0) / found.length),
  ),
  Conv: ([x, kernel, bias], attribute) => convolution(x!, kernel!, bias, attribute),
  ConvTranspose: ([x, kernel, bias], attribute) => transposed(x!, kernel!, bias, attribute),
  Resize: ([x, , scales], { text }) => {
    const [, , height, width] = list(scales!) as [number, number, number, number];
    const image = tf.transpose(x as tf.Tensor4D, [0, 2, 3, 1]);
    const sizes: [number, number] = [image.shape[1] * height, image.shape[2] * width];
    const nearest = text('mode') === 'nearest';
    const larger = nearest
      ? tf.image.resizeNearestNeighbor(image, sizes)
      : tf.image.resizeBilinear(image, sizes);
    return tf.transpose(larger, [0, 3, 1, 2]);
  },
};

interface Window {
  kernel: number[];
  strides: number[];
  dilations: number[];
  /** Top and left. */
  before: number[];
  /** Height and width of the output. */
  sizes: number[];
}

function windowOf(x: tf.Tensor, { ints, text }: Attributes, kernel: number[]): Window {
  const strides = ints('strides', [1, 1]);
  const dilations = ints('dilations', [1, 1]);
  const extent = kernel.map((size, axis) => (size - 1) * dilations[axis]! + 1);
  const input = x.shape.slice(2);
  if (text('auto_pad') === 'SAME_UPPER') {
    const sizes = input.map((size, axis) => Math.ceil(size / strides[axis]!));
    const before = sizes.map((size, axis) =>
      Math.floor(Math.max((size - 1) * strides[axis]! + extent[axis]! - input[axis]!, 0) / 2),
    );
    return { kernel, strides, dilations, before, sizes };
  }
  const pads = ints('pads', [0, 0, 0, 0]);
  const sizes = input.map(
    (size, axis) => Math.floor((size + pads[axis]! + pads[axis + 2]! - extent[axis]!) / strides[axis]!) + 1,
  );
  return { kernel, strides, dilations, before: pads.slice(0, 2), sizes };
}

/** For each place of a window what of it lies inside the image. */
function* placesOf(
  { kernel, strides, dilations, before }: Window,
  row: number,
  column: number,
  [H, W]: number[],
) {
  for (let i = 0; i < kernel[0]!; i++) {
    for (let j = 0; j < kernel[1]!; j++) {
      const y = row * strides[0]! + i * dilations[0]! - before[0]!;
      const x = column * strides[1]! + j * dilations[1]! - before[1]!;
      if (y >= 0 && y < H! && x >= 0 && x < W!) yield { i, j, y, x };
    }
  }
}

function windows(x: tf.Tensor, attribute: Attributes, combine: (found: number[]) => number): tf.Tensor {
  const window = windowOf(x, attribute, attribute.ints('kernel_shape', []));
  const [images, channels, ...size] = x.shape as [number, number, number, number];
  const source = tf.buffer(x.shape, 'float32', x.dataSync<'float32'>());
  const result = tf.buffer([images, channels, ...window.sizes] as [number, number, number, number]);
  each(result.shape, (n, c, row, column) => {
    const found = [...placesOf(window, row, column, size)].map((place) => source.get(n, c, place.y, place.x));
    result.set(combine(found), n, c, row, column);
  });
  return result.toTensor();
}

function convolution(
  x: tf.Tensor,
  kernel: tf.Tensor,
  bias: tf.Tensor | undefined,
  attribute: Attributes,
): tf.Tensor {
  const [filters, inputs, ...size] = kernel.shape as [number, number, number, number];
  const window = windowOf(x, attribute, size);
  const outputs = filters / attribute.int('group', 1);
  const source = tf.buffer(x.shape, 'float32', x.dataSync<'float32'>());
  const weights = tf.buffer(kernel.shape, 'float32', kernel.dataSync<'float32'>());
  const shifts = bias ? list(bias) : [];
  const result = tf.buffer([x.shape[0], filters, ...window.sizes] as [number, number, number, number]);
  each(result.shape, (n, filter, row, column) => {
    const first = Math.floor(filter / outputs) * inputs;
    let sum = shifts[filter] ?? 0;
    for (const place of placesOf(window, row, column, x.shape.slice(2))) {
      for (let c = 0; c < inputs; c++) {
        sum += source.get(n, first + c, place.y, place.x) * weights.get(filter, c, place.i, place.j);
      }
    }
    result.set(sum, n, filter, row, column);
  });
  return result.toTensor();
}

function transposed(
  x: tf.Tensor,
  kernel: tf.Tensor,
  bias: tf.Tensor | undefined,
  { ints }: Attributes,
): tf.Tensor {
  const [images, inputs, ...size] = x.shape as [number, number, number, number];
  const [, filters, ...extent] = kernel.shape as [number, number, number, number];
  const [strides, pads, extra] = [
    ints('strides', [1, 1]),
    ints('pads', [0, 0, 0, 0]),
    ints('output_padding', [0, 0]),
  ];
  const sizes = size.map(
    (length, axis) =>
      (length - 1) * strides[axis]! + extent[axis]! + extra[axis]! - pads[axis]! - pads[axis + 2]!,
  );
  const source = tf.buffer(x.shape, 'float32', x.dataSync<'float32'>());
  const weights = tf.buffer(kernel.shape, 'float32', kernel.dataSync<'float32'>());
  const result = tf.buffer([images, filters, ...sizes] as [number, number, number, number]);
  const shifts = bias ? list(bias) : [];
  each(result.shape, (n, filter, row, column) => result.set(shifts[filter] ?? 0, n, filter, row, column));
  each([images, inputs, ...size], (n, c, row, column) => {
    each([1, filters, ...extent], (_, filter, i, j) => {
      const [y, z] = [row * strides[0]! + i - pads[0]!, column * strides[1]! + j - pads[1]!];
      if (y < 0 || z < 0 || y >= sizes[0]! || z >= sizes[1]!) return;
      const sum = result.get(n, filter, y, z) + source.get(n, c, row, column) * weights.get(c, filter, i, j);
      result.set(sum, n, filter, y, z);
    });
  });
  return result.toTensor();
}

function each(shape: number[], visit: (a: number, b: number, c: number, d: number) => void): void {
  const [A, B, C, D] = shape as [number, number, number, number];
  for (let a = 0; a < A; a++)
    for (let b = 0; b < B; b++) for (let c = 0; c < C; c++) for (let d = 0; d < D; d++) visit(a, b, c, d);
}
