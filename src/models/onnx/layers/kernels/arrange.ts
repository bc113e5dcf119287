import * as tf from '@tensorflow/tfjs-core';
import type { Kernels } from './kernels.js';
import { tiled } from './tiled.js';

/** What moves values about without computing with them. In sizes −1 stands for all that there is. */
export const arrange: Kernels = {
  concat: (inputs, { axis }) => {
    const images = Math.max(...inputs.map(({ shape }) => shape[0]));
    const spread = (x: tf.Tensor) =>
      axis === 0 || x.shape[0] === images ? x : tiled(x, [images, ...x.shape.slice(1).map(() => 1)]);
    return tf.concat(inputs.map(spread), axis as number);
  },
  depthToSpace: ([x], { blockSize, columnFirst }) =>
    depthToSpace(x as tf.Tensor4D, blockSize as number, columnFirst === true),
  expand: ([x], { shape }) => {
    const wanted = (shape as number[]).map((size, axis) => (size === -1 ? x!.shape[axis]! : size));
    return tiled(
      x!,
      wanted.map((size, axis) => (x!.shape[axis] === size ? 1 : size)),
    );
  },
  gather: ([x, indices], { axis }) => tf.gather(x!, tf.cast(indices!, 'int32'), axis as number),
  perImage: ([x, value]) => tiled(value!, [x!.shape[0], ...value!.shape.slice(1).map(() => 1)]),
  pad: ([x], { pads, value }) => tf.pad(x!, pads as [number, number][], value as number),
  padMirrored: ([x], { pads, mode }) => tf.mirrorPad(x!, pads as [number, number][], mode as 'reflect'),
  reshape: ([x], { shape }) => tf.reshape(x!, shape as number[]),
  slice: ([x], { axis, start, count }) => slice(x!, axis as number, start as number, count as number),
  spaceToDepth: ([x], { blockSize }) => spaceToDepth(x as tf.Tensor4D, blockSize as number),
  stride: ([x], { axis, step }) => stride(x!, axis as number, step as number),
  reverse: ([x], { axis }) => tf.reverse(x!, axis as number),
  tile: ([x], { repeats }) => tiled(x!, repeats as number[]),
  transpose: ([x], { order }) => tf.transpose(x!, order as number[]),
};

function slice(x: tf.Tensor, axis: number, start: number, count: number): tf.Tensor {
  const begin = x.shape.map((_, at) => (at === axis ? start : 0));
  const size = x.shape.map((all, at) => (at === axis ? count : all));
  return tf.slice(x, begin, size);
}

/** Every step-th of an axis, from the first on. tf.stridedSlice has no gradient. */
function stride(x: tf.Tensor, axis: number, step: number): tf.Tensor {
  const size = x.shape[axis]!;
  const count = Math.ceil(size / step);
  const pads = x.shape.map((_, at): [number, number] => [0, at === axis ? count * step - size : 0]);
  const whole = count * step === size ? x : tf.pad(x, pads);
  const [before, behind] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  const split = tf.reshape(whole, [...before, count, step, ...behind]);
  return tf.reshape(slice(split, axis + 1, 0, 1), [...before, count, ...behind]);
}

function depthToSpace(x: tf.Tensor4D, block: number, columnFirst: boolean): tf.Tensor {
  const [n, h, w, c] = x.shape;
  const depth = c / (block * block);
  const split = columnFirst
    ? tf.transpose(tf.reshape(x, [n, h, w, depth, block, block]), [0, 1, 4, 2, 5, 3])
    : tf.transpose(tf.reshape(x, [n, h, w, block, block, depth]), [0, 1, 3, 2, 4, 5]);
  return tf.reshape(split, [n, h * block, w * block, depth]);
}

function spaceToDepth(x: tf.Tensor4D, block: number): tf.Tensor {
  const [n, h, w, c] = x.shape;
  const split = tf.reshape(x, [n, h / block, block, w / block, block, c]);
  return tf.reshape(tf.transpose(split, [0, 1, 3, 2, 4, 5]), [n, h / block, w / block, c * block * block]);
}
