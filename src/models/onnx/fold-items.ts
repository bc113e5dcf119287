import * as tf from '@tensorflow/tfjs-core';
import { kernelOf } from './layers/index.js';
import { constant, isBatch, sameSize, type Attributes, type Constant, type Size } from './values.js';

const arranging = new Set([
  'concat',
  'expand',
  'gather',
  'reshape',
  'slice',
  'stride',
  'reverse',
  'tile',
  'transpose',
  'identity',
]);
const mostItems = 2 ** 22;

/**
 * Shape arithmetic: an operation on integers of which some depend on the number of images.
 *
 * @returns undefined where the operation is none on integers
 * @throws Error where what comes out is no multiple of the number of images, nor independent of it
 */
export function foldItems(operation: string, attributes: Attributes, of: Constant[]): Constant | undefined {
  const lists = of.map(({ items }) => items);
  if (lists.some((items) => items === undefined) || lists.length === 0) return undefined;
  const items = lists as Size[][];
  if (arranging.has(operation)) return arranged(operation, attributes, of, items);
  const compute = arithmetic[operation];
  if (!compute) return undefined;
  const shapes = of.map(({ shape }) => shape);
  const shape = shapes.reduce((a, b) => broadcast(a, b));
  const count = shape.reduce((product, size) => product * size, 1);
  if (count > mostItems) throw new Error(`${count} integers are more than any network computes with`);
  const results = Array.from({ length: count }, (_, index) =>
    compute(...of.map((value, at) => items[at]![place(index, shape, value.shape)]!)),
  );
  const truth = truths.has(operation);
  return constant(truth ? 'bool' : operation === 'where' ? (of[1]!.type as 'int') : 'int', shape, results);
}

const truths = new Set([
  'equal',
  'greater',
  'greaterOrEqual',
  'less',
  'lessOrEqual',
  'and',
  'or',
  'xor',
  'not',
]);

/** Runs the kernel on the positions of the values, and moves the values as these have been. */
function arranged(operation: string, attributes: Attributes, of: Constant[], items: Size[][]): Constant {
  const data = operation === 'gather' ? of.slice(0, 1) : of;
  const all = items.slice(0, data.length).flat();
  const { shape, positions } = tf.tidy(() => {
    let start = 0;
    const tensors = data.map((value) => {
      const size = value.items!.length;
      const tensor = tf.tensor(
        Float32Array.from({ length: size }, (_, index) => start + index),
        value.shape,
      );
      start += size;
      return tensor;
    });
    const rest = of.slice(data.length).map((value) => tf.tensor(value.read(), value.shape));
    const moved = kernelOf(operation)([...tensors, ...rest], attributes);
    if (moved.size > mostItems)
      throw new Error(`${moved.size} integers are more than any network computes with`);
    return { shape: moved.shape, positions: moved.dataSync() };
  });
  return constant(
    of[0]!.type as 'int',
    shape,
    Array.from(positions, (position) => all[position]!),
  );
}

type Compute = (...items: Size[]) => Size;

const arithmetic: Record<string, Compute> = {
  add: (a, b) => sum(a, b),
  sub: (a, b) => sum(a, product(b, -1)),
  mul: (a, b) => product(a, b),
  div: (a, b) => quotient(a, b),
  mod: (a, b) =>
    isBatch(a) || isBatch(b)
      ? isBatch(a) && !isBatch(b) && a.batches % b === 0
        ? 0
        : mixed()
      : a - b * Math.floor(a / b),
  fmod: (a, b) => (isBatch(a) || isBatch(b) ? mixed() : a % b),
  neg: (a) => product(a, -1),
  identity: (a) => a,
  max: (...items) => extreme(items, Math.max),
  min: (...items) => extreme(items, Math.min),
  equal: (a, b) => Number(sameSize(a, b)),
  greater: (a, b) => compare(a, b, (x, y) => x > y),
  greaterOrEqual: (a, b) => compare(a, b, (x, y) => x >= y),
  less: (a, b) => compare(a, b, (x, y) => x < y),
  lessOrEqual: (a, b) => compare(a, b, (x, y) => x <= y),
  and: (a, b) => Number(a !== 0 && b !== 0),
  or: (a, b) => Number(a !== 0 || b !== 0),
  xor: (a, b) => Number((a !== 0) !== (b !== 0)),
  not: (a) => Number(a === 0),
  where: (condition, a, b) => (condition === 0 ? b : a),
  abs: (a) => (isBatch(a) ? a : Math.abs(a)),
};

function mixed(): never {
  throw new Error('the number of images is mixed with other sizes');
}

function sum(a: Size, b: Size): Size {
  if (!isBatch(a) && !isBatch(b)) return a + b;
  if (b === 0) return a;
  if (a === 0) return b;
  return isBatch(a) && isBatch(b) ? { batches: a.batches + b.batches } : mixed();
}

function product(a: Size, b: Size): Size {
  if (!isBatch(a)) return isBatch(b) ? { batches: a * b.batches } : a * b;
  return isBatch(b) ? mixed() : { batches: a.batches * b };
}

function quotient(a: Size, b: Size): Size {
  if (!isBatch(b)) return isBatch(a) ? { batches: a.batches / b } : b === 0 ? mixed() : Math.trunc(a / b);
  return isBatch(a) ? Math.trunc(a.batches / b.batches) : mixed();
}

// Sizes are compared as those of one image are.
function compare(a: Size, b: Size, holds: (x: number, y: number) => boolean): number {
  const plain = (size: Size) => (isBatch(size) ? size.batches : size);
  return Number(holds(plain(a), plain(b)));
}

function extreme(items: Size[], choose: (...values: number[]) => number): Size {
  if (items.every((item) => !isBatch(item))) return choose(...(items as number[]));
  return items.every((item) => sameSize(item, items[0]!)) ? items[0]! : items.find(isBatch)!;
}

function broadcast(a: number[], b: number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const [x, y] = [a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1];
    return x === 1 ? y : x;
  });
}

/** Where the value of a broadcast position stands. */
function place(index: number, shape: number[], own: number[]): number {
  let [rest, at, step] = [index, 0, 1];
  for (let axis = shape.length - 1, of = own.length - 1; of >= 0; axis--, of--) {
    if (own[of] !== 1) at += (rest % shape[axis]!) * step;
    step *= own[of]!;
    rest = Math.floor(rest / shape[axis]!);
  }
  return at;
}
