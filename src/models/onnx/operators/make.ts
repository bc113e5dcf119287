import { constantOf } from '../tensors.js';
import { constant, isBatch, type Constant, type Size, type Value } from '../values.js';
import { axisOf, constantInput, input, integers } from './arguments.js';
import type { Call, Handlers } from './handler.js';

const mostSizes = 2 ** 26;

function shapeOf(call: Call): Value {
  const { shape } = input(call, 0);
  const end = call.node.int('end', shape.length);
  const part = shape.slice(call.node.int('start', 0), end);
  const items = part.map((size) => (isBatch(size) ? { batches: size.batches } : size));
  return constant('int', [items.length], items);
}

function constantNode({ node, external }: Call): Constant {
  const tensor = node.tensor('value');
  if (tensor) return constantOf(tensor, node.label, external);
  const ints = node.has('value_int') ? [node.int('value_int')] : node.ints('value_ints');
  if (ints && ints.length > 0) return constant('int', node.has('value_int') ? [] : [ints.length], ints);
  const floats = node.has('value_float') ? [node.float('value_float')] : node.floats('value_floats');
  if (floats && floats.length > 0) {
    return {
      kind: 'constant',
      type: 'float',
      shape: node.has('value_float') ? [] : [floats.length],
      read: () => Float32Array.from(floats),
    };
  }
  throw node.refuse('holds no number');
}

function constantOfShape(call: Call): Constant {
  const { node, external } = call;
  const sizes = integers(call, 0, 'shape')!.map((size) => (isBatch(size) ? 1 : size));
  const count = sizes.reduce((product, size) => product * size, 1);
  if (!(count <= mostSizes)) throw node.refuse(`makes ${count} values that are no weights`);
  const tensor = node.tensor('value');
  const value = tensor ? constantOf(tensor, node.label, external) : undefined;
  if (value?.items) return constant(value.type as 'int', sizes, new Array<Size>(count).fill(value.items[0]!));
  const fill = value?.read()[0] ?? 0;
  return { kind: 'constant', type: 'float', shape: sizes, read: () => new Float32Array(count).fill(fill) };
}

function range(call: Call): Constant {
  const given = [0, 1, 2].map((index) => constantInput(call, index));
  const [start, limit, delta] = given.map((value) => value.read()[0]!) as [number, number, number];
  const count = Math.max(0, Math.ceil((limit - start) / delta));
  if (!(count <= mostSizes / 16)) throw call.node.refuse(`counts from ${start} to ${limit} by ${delta}`);
  const values = Array.from({ length: count }, (_, index) => start + index * delta);
  if (given.every(({ type }) => type === 'int')) return constant('int', [count], values);
  return { kind: 'constant', type: 'float', shape: [count], read: () => Float32Array.from(values) };
}

/** Where the values are not 0: [axes, count]. */
function nonZero(call: Call): Constant {
  const { shape, items, read } = constantInput(call, 0);
  const values: ArrayLike<Size> = items ?? read();
  const found: number[][] = shape.map(() => []);
  for (let index = 0; index < values.length; index++) {
    if (values[index] === 0) continue;
    let rest = index;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      found[axis]!.push(rest % shape[axis]!);
      rest = Math.floor(rest / shape[axis]!);
    }
  }
  return constant('int', [shape.length, found[0]?.length ?? 0], found.flat());
}

/** A row of zeros for each index, with a one (or two other numbers) at its place. */
function oneHot(call: Call): Value {
  const { node, network } = call;
  const [indices, depth, values] = [0, 1, 2].map((index) => constantInput(call, index));
  const size = depth!.read()[0]!;
  const places = indices!.read();
  if (!(size >= 1 && size * places.length <= mostSizes)) throw node.refuse(`makes rows of ${size} values`);
  const [off, on] = values!.read() as unknown as [number, number];
  const rank = indices!.shape.length + 1;
  const axis = axisOf(call, node.int('axis', -1), rank);
  const rows = new Float32Array(size * places.length).fill(off);
  places.forEach((place, row) => {
    const at = place < 0 ? place + size : place;
    if (at >= 0 && at < size) rows[row * size + at] = on;
  });
  const made = numbersAs(values!.type, [...indices!.shape, size], rows);
  const order = Array.from({ length: rank }, (_, at) => (at === axis ? rank - 1 : at < axis ? at : at - 1));
  return network.operation(node, 'transpose', { order }, [made], []);
}

function eyeLike(call: Call): Constant {
  const [rows, columns] = input(call, 0).shape.map((size) => (isBatch(size) ? NaN : size)) as [
    number,
    number,
  ];
  if (!(rows * columns <= mostSizes)) throw call.node.refuse('makes a matrix of unknown size');
  const shift = call.node.int('k', 0);
  const values = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const column = row + shift;
    if (column >= 0 && column < columns) values[row * columns + column] = 1;
  }
  return numbersAs('float', [rows, columns], values);
}

function numbersAs(type: Constant['type'], shape: number[], values: Float32Array): Constant {
  if (type === 'float') return { kind: 'constant', type, shape, read: () => values.slice() };
  return constant(type, shape, [...values]);
}

/** Operators that make constants and shapes. */
export const make: Handlers = {
  Constant: constantNode,
  ConstantOfShape: constantOfShape,
  EyeLike: eyeLike,
  NonZero: nonZero,
  OneHot: oneHot,
  Range: range,
  Shape: shapeOf,
  Size: (call) => {
    const sizes = input(call, 0).shape;
    const batches = sizes.find(isBatch);
    const count = sizes.reduce<number>((product, size) => product * (isBatch(size) ? size.batches : size), 1);
    return constant('int', [], [batches ? { batches: count } : count]);
  },
};
