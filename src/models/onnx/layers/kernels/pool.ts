import * as tf from '@tensorflow/tfjs-core';
import type { Kernels } from './kernels.js';

/** Pooling and resizing of [N, H, W, C]. */
export const pool: Kernels = {
  averagePool: ([x], { size, strides, pads, countPadding, extra }) => {
    const padded = pads as [number, number][];
    const average = (values: tf.Tensor, pads: [number, number][]) =>
      tf.avgPool(
        tf.pad(values, pads) as tf.Tensor4D,
        size as [number, number],
        strides as [number, number],
        'valid',
      );
    const sum = average(x!, padded);
    if (padded.every(([before, after]) => before + after === 0)) return sum;
    // The share of each window that counts: the image, and its padding where that counts, but never what the ceiling adds.
    const counted = tf.ones([1, x!.shape[1]!, x!.shape[2]!, 1]);
    const [bottom, right] = extra as [number, number];
    const inside = padded.map(([before, after], axis): [number, number] => [
      before,
      after - (axis === 1 ? bottom : axis === 2 ? right : 0),
    ]);
    const ones = countPadding ? tf.pad(counted, inside, 1) : tf.pad(counted, inside);
    const rest: [number, number][] = [
      [0, 0],
      [0, bottom],
      [0, right],
      [0, 0],
    ];
    return tf.div(sum, average(ones, rest));
  },
  maxPool: ([x], { size, strides, pads }) => {
    const padded = pads as [number, number][];
    const bare = padded.every(([before, after]) => before + after === 0);
    const values = bare ? x! : tf.pad(x!, padded, -3e38);
    return tf.maxPool(values as tf.Tensor4D, size as [number, number], strides as [number, number], 'valid');
  },
  resizeBilinear: ([x], { size, alignCorners, halfPixels }) =>
    tf.image.resizeBilinear(
      x as tf.Tensor4D,
      size as [number, number],
      alignCorners as boolean,
      halfPixels as boolean,
    ),
  resizeNearest: ([x], { size, halfPixels }) =>
    tf.image.resizeNearestNeighbor(x as tf.Tensor4D, size as [number, number], false, halfPixels as boolean),
  upsample: ([x], { factors }) => {
    const [n, h, w, c] = x!.shape as [number, number, number, number];
    const [down, across] = factors as [number, number];
    const wide = tf.tile(tf.reshape(x!, [n, h, 1, w, 1, c]), [1, 1, down, 1, across, 1]);
    return tf.reshape(wide, [n, h * down, w * across, c]);
  },
};
