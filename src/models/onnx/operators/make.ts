import { constantOf } from '../tensors.js';
import { constant, isBatch, type Constant, type Size, type Value } from '../values.js';
import { constantInput, input, integers } from './arguments.js';
import type { Call, Handlers } from './handler.js';

const mostSizes = 2 ** 26;

function shapeOf(call: Call): Value {
  const { shape } = input(call, 0);
  const end = call.node.int('end', shape.length);
  const part = shape.slice(call.node.int('start', 0), end);
  return constant('int', [part.length], part);
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

/** Operators that make constants and shapes. */
export const make: Handlers = {
  Constant: constantNode,
  ConstantOfShape: constantOfShape,
  Range: range,
  Shape: shapeOf,
  Size: (call) => {
    const sizes = input(call, 0).shape;
    const batches = sizes.find(isBatch);
    const count = sizes.reduce<number>((product, size) => product * (isBatch(size) ? size.batches : size), 1);
    return constant('int', [], [batches ? { batches: count } : count]);
  },
};
