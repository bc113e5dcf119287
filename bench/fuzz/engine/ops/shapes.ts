import * as tf from '@tensorflow/tfjs-core';
import { fit, images, ranked } from '../fit.js';
import { op, type Vocabulary } from './op.js';

const along = (x: tf.Tensor, choice: number): number => choice % x.rank;
const some = (x: tf.Tensor): tf.Tensor => ranked(x, 1, 4);
/** Indices from 0 up to `end`. */
const within = (indices: tf.Tensor, end: number): tf.Tensor1D =>
  tf.mod<tf.Tensor1D>(indices, tf.scalar(end, 'int32'));
/** Integers as indices of at most eight elements. */
const few = (y: tf.Tensor): tf.Tensor => fit(y, [Math.min(y.size, 8)]);

function permuted(rank: number, choice: number): number[] {
  const left = Array.from({ length: rank }, (_, i) => i);
  return Array.from({ length: rank }, () => left.splice(choice % left.length, 1)[0]!);
}

/** One side of x made longer by some elements: [before, after] for every axis. */
function paddings(x: tf.Tensor, [axis, size]: number[]): [number, number][] {
  return x.shape.map((_, i) => (i === along(x, axis!) ? [size! % 3, 1 + ((size! >> 2) % 2)] : [0, 0]));
}

function cut(x: tf.Tensor, [axis, from, length]: number[]): tf.Tensor {
  const begin = x.shape.map((side, i) => (i === along(x, axis!) ? from! % side : 0));
  const size = x.shape.map((side, i) => (i === along(x, axis!) ? 1 + (length! % (side - begin[i]!)) : side));
  return tf.slice(x, begin, size);
}

function other(x: tf.Tensor, choice: number): number[] {
  const divisors = [1, 2, 3, 4, 5].filter((side) => x.size % side === 0);
  const side = divisors[choice % divisors.length]!;
  return choice & 8 ? [side, x.size / side] : [x.size / side, side];
}

/** Gathering, joining, cutting and rearranging. */
export const shapes: Vocabulary = {
  clone: op('A>A', 2, (x) => tf.clone(x)),
  reshape: op('A>A', 2, (x, _, [to]) => tf.reshape(x, other(x, to!))),
  flatten: op('A>A', 2, (x) => tf.reshape(x, [-1])),
  expandDims: op('A>A', 2, (x, _, [axis]) => (x.rank > 3 ? x : tf.expandDims(x, axis! % (x.rank + 1)))),
  squeeze: op('A>A', 2, (x) => tf.squeeze(x)),
  transpose: op('A>A', 2, (x, _, [order]) => tf.transpose(some(x), permuted(some(x).rank, order!))),
  reverse: op('A>A', 2, (x, _, [axis]) => tf.reverse(some(x), along(some(x), axis!))),
  slice: op('A>A', 2, (x, _, choices) => cut(some(x), choices)),
  stridedSlice: op('A>A', 0, (x, _, [axis, begin, stride]) => {
    const y = some(x);
    const at = (i: number, chosen: number, otherwise: number): number =>
      i === along(y, axis!) ? chosen : otherwise;
    return tf.stridedSlice(
      y,
      y.shape.map((side, i) => at(i, begin! % side, 0)),
      y.shape,
      y.shape.map((_, i) => at(i, 1 + (stride! % 2), 1)),
    );
  }),
  concat: op('AA>A', 2, (x, y, [axis, twice]) => {
    const parts = [some(x), fit(y, some(x).shape)];
    return tf.concat(twice! % 2 ? [...parts, parts[0]!] : parts, along(some(x), axis!));
  }),
  stack: op('AA>A', 2, (x, y, [axis]) => tf.stack([ranked(x, 0, 3), fit(y, ranked(x, 0, 3).shape)], axis! % (ranked(x, 0, 3).rank + 1))), // prettier-ignore
  unstack: op('A>A', 2, (x, _, [axis, which]) => {
    // tfjs has no gradient where there is but one part.
    if (some(x).shape[along(some(x), axis!)] === 1) return x;
    const parts = tf.unstack(some(x), along(some(x), axis!));
    return parts[which! % parts.length]!;
  }),
  split: op('A>A', 2, (x, _, [axis, which]) => {
    const side = some(x).shape[along(some(x), axis!)]!;
    return side < 2 ? x : tf.split(some(x), [1, side - 1], along(some(x), axis!))[which! % 2]!;
  }),
  tile: op('A>A', 2, (x, _, [axis, times]) => tf.tile(some(x), some(x).shape.map((_, i) => (i === along(some(x), axis!) ? 1 + (times! % 3) : 1)))), // prettier-ignore
  broadcastTo: op('A>A', 2, (x, _, [times]) => tf.broadcastTo(ranked(x, 0, 3), [1 + (times! % 3), ...ranked(x, 0, 3).shape])), // prettier-ignore
  pad: op('F>F', 2, (x, _, choices) => tf.pad(some(x), paddings(some(x), choices), (choices[2]! % 3) / 2)),
  'pad of integers': op('I>I', 2, (x, _, choices) => tf.pad(some(x), paddings(some(x), choices), 7)),
  mirrorPad: op('F>F', 0, (x, _, [axis, before]) => {
    const y = some(x);
    const sides = y.shape.map((_, i): [number, number] =>
      i === along(y, axis!) ? [before! % 2, 1] : [0, 0],
    );
    return tf.mirrorPad(y, sides, 'symmetric');
  }),
  gather: op('AI>A', 2, (x, y, [axis]) => {
    const from = ranked(x, 1, 3);
    return tf.gather(from, within(few(y), from.shape[along(from, axis!)]!), along(from, axis!));
  }),
  'gather with 2-D indices': op('AI>A', 2, (x, y, [axis]) => {
    const from = ranked(x, 1, 3);
    return tf.gather(from, within(fit(y, [2, 2]), from.shape[along(from, axis!)]!), along(from, axis!));
  }),
  'gather in batches': op('FI>F', 0, (x, y) => {
    const from = ranked(x, 2, 3);
    return tf.gather(from, within(fit(y, [from.shape[0], 2]), from.shape[1]!), 1, 1);
  }),
  gatherND: op('FI>F', 0, (x, y) => {
    const from = ranked(x, 2, 3);
    return tf.gatherND(from, fit(within(few(y), Math.min(from.shape[0], from.shape[1]!)), [3, 2]));
  }),
  scatterND: op('IF>F', 0, (x, y) => {
    const row = ranked(y, 2, 2);
    const indices = tf.reshape(tf.range(0, row.shape[0], 1, 'int32'), [-1, 1]);
    const shift = tf.mod(fit(x, []), tf.scalar(3, 'int32'));
    return tf.scatterND(tf.add(indices, shift), row, [row.shape[0] + 3, row.shape[1]!]);
  }), // prettier-ignore
  tensorScatterUpdate: op('FF>F', 0, (x, y) => {
    const matrix = ranked(x, 2, 2);
    const at = tf.tensor2d([[matrix.shape[0] - 1]], [1, 1], 'int32');
    return tf.tensorScatterUpdate(matrix, at, fit(y, [1, matrix.shape[1]!]));
  }),
  sparseToDense: op('F>F', 0, (x, _, [n]) => tf.sparseToDense(tf.tensor1d([1, 3], 'int32'), fit(x, [2]), [5 + (n! % 3)], tf.scalar(0))), // prettier-ignore
  unsortedSegmentSum: op('FI>F', 2, (x, y) => {
    const from = ranked(x, 1, 3);
    return tf.unsortedSegmentSum(from, within(fit(y, [from.shape[0]]), 3), 3);
  }, ([x]) => x! + 3), // prettier-ignore
  oneHot: op('I>E', 0, (x, _, [depth]) => tf.oneHot(within(few(x), 4), 3 + (depth! % 3), 1, 0, 'float32')),
  'oneHot of integers': op('I>I', 0, (x) => tf.oneHot(within(few(x), 4), 5)),
  diag: op('F>F', 0, (x) => tf.diag(fit(x, [Math.min(x.size, 5)]))),
  bandPart: op('F>F', 0, (x, _, [below]) => tf.linalg.bandPart(fit(x, [4, 4]), below! % 3, 1)),
  meshgrid: op('FF>F', 0, (x, y, [which]) => tf.meshgrid(fit(x, [3]), fit(y, [2]))[which! % 2]!),
  range: op('A>F', 0, (x) => tf.range(0, Math.min(x.size, 50))),
  linspace: op('A>F', 0, (x) => tf.linspace(0, 1, 1 + Math.min(x.size, 30))),
  eye: op('F>F', 2, (x) => tf.mul(tf.eye(3), fit(x, [3, 3]))),
  fill: op('A>I', 0, (x, _, [n]) => tf.fill(some(x).shape, n! % 9, 'int32')),
  ones: op('A>E', 0, (x) => tf.ones(x.shape)),
  'many ones': op('F>F', 2, (x) => tf.mul(tf.ones([70]), fit(x, [70]))),
  zeros: op('A>B', 0, (x) => tf.zeros(x.shape, 'bool')),
  spaceToBatchND: op('F>F', 2, (x) => {
    const from = images(x);
    return tf.spaceToBatchND(from, [2, 2], [[0, from.shape[1] % 2], [0, from.shape[2] % 2]]);
  }), // prettier-ignore
  batchToSpaceND: op('F>F', 2, (x) => tf.batchToSpaceND(fit(x, [4, 3, 2, 2]), [2, 1], [[0, 1], [0, 0]])), // prettier-ignore
  depthToSpace: op('F>F', 0, (x) => tf.depthToSpace(fit(x, [1, 2, 3, 8]) as tf.Tensor4D, 2)),
  flipLeftRight: op('F>F', 0, (x) => tf.image.flipLeftRight(images(x))),
  grayscaleToRGB: op('F>F', 0, (x) => tf.image.grayscaleToRGB(fit(x, [1, 3, 4, 1]) as tf.Tensor4D)),
};
