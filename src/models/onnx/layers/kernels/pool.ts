import * as tf from '@tensorflow/tfjs-core';
import { resizeWeights, type ResizeRule } from '../../resize-weights.js';
import type { Attributes } from '../../values.js';
import type { Kernels } from './kernels.js';
import { tiled } from './tiled.js';

/** Pooling and resizing of [N, H, W, C]. */
export const pool: Kernels = {
  averagePool: ([x], attributes) => {
    const padded = attributes['pads'] as [number, number][];
    const average = (values: tf.Tensor, pads: [number, number][]) =>
      averaged(tf.pad(values, pads) as tf.Tensor4D, attributes);
    const sum = average(x!, padded);
    if (padded.every(([before, after]) => before + after === 0)) return sum;
    // The share of each window that counts: the image, and its padding where that counts, but never what the ceiling adds.
    const counted = tf.ones([1, x!.shape[1]!, x!.shape[2]!, 1]);
    const [bottom, right] = attributes['extra'] as [number, number];
    const inside = padded.map(([before, after], axis): [number, number] => [
      before,
      after - (axis === 1 ? bottom : axis === 2 ? right : 0),
    ]);
    const ones = attributes['countPadding'] ? tf.pad(counted, inside, 1) : tf.pad(counted, inside);
    const rest: [number, number][] = [
      [0, 0],
      [0, bottom],
      [0, right],
      [0, 0],
    ];
    return tf.div(sum, average(ones, rest));
  },
  lpPool: ([x], { size, strides, pads, power }) => {
    const [down, across] = size as [number, number];
    const p = power as number;
    const powers = tf.pad(tf.pow(tf.abs(x!), p), pads as [number, number][]) as tf.Tensor4D;
    const mean = tf.avgPool(powers, [down, across], strides as [number, number], 'valid');
    return tf.pow(tf.mul(mean, down * across), 1 / p);
  },
  maxPool: ([x], attributes) => {
    const padded = attributes['pads'] as [number, number][];
    const bare = padded.every(([before, after]) => before + after === 0);
    const values = (bare ? x! : tf.pad(x!, padded, -3e38)) as tf.Tensor4D;
    const { size, strides } = attributes;
    if (isDilated(attributes)) return taps(values, attributes).reduce((a, b) => tf.maximum(a, b));
    return tf.maxPool(values, size as [number, number], strides as [number, number], 'valid');
  },
  resize: ([x], { size, scales, ...rule }) => resized(x!, size as number[], scales as number[], rule),
  // As checkpoints of before have it.
  resizeBilinear: ([x], { size, alignCorners, halfPixels }) => {
    const how = alignCorners ? 'align_corners' : halfPixels ? 'half_pixel' : 'asymmetric';
    const sizes = size as [number, number];
    const scales = sizes.map((side, axis) => side / x!.shape[axis + 1]!);
    return resized(x!, sizes, scales, { mode: 'linear', how });
  },
  resizeNearest: ([x], { size, halfPixels }) =>
    tf.image.resizeNearestNeighbor(x as tf.Tensor4D, size as [number, number], false, halfPixels as boolean),
  upsample: ([x], { factors }) => {
    const [n, h, w, c] = x!.shape as [number, number, number, number];
    const [down, across] = factors as [number, number];
    const wide = tiled(tf.reshape(x!, [n, h, 1, w, 1, c]), [1, 1, down, 1, across, 1]);
    return tf.reshape(wide, [n, h * down, w * across, c]);
  },
};

function averaged(x: tf.Tensor4D, attributes: Attributes): tf.Tensor {
  const { size, strides } = attributes;
  if (!isDilated(attributes))
    return tf.avgPool(x, size as [number, number], strides as [number, number], 'valid');
  const all = taps(x, attributes);
  return tf.div(
    all.reduce((a, b) => tf.add(a, b)),
    all.length,
  );
}

function isDilated({ dilations }: Attributes): boolean {
  return Array.isArray(dilations) && dilations.some((step) => step !== 1);
}

/** The first, second, ... value of every window, [N, h, w, C] each. */
function taps(x: tf.Tensor4D, { size, strides, dilations }: Attributes): tf.Tensor[] {
  const along = (axis: 0 | 1) => {
    const [count, stride, dilation] = [size, strides, dilations].map((pair) => (pair as number[])[axis]!);
    const windows = Math.floor((x.shape[axis + 1]! - (count! - 1) * dilation! - 1) / stride!) + 1;
    return Array.from({ length: count! }, (_, tap) =>
      Array.from({ length: windows }, (_, window) => tap * dilation! + window * stride!),
    );
  };
  const columns = along(1);
  return along(0).flatMap((rows) => {
    const part = tf.gather(x, tf.tensor1d(rows, 'int32'), 1);
    return columns.map((places) => tf.gather(part, tf.tensor1d(places, 'int32'), 2));
  });
}

/** Each side as a product with its weights: TensorFlow's own resizing has no gradient for half pixels. */
function resized(x: tf.Tensor, size: number[], scales: number[], rule: Attributes): tf.Tensor {
  const [n, h, w, c] = x.shape as [number, number, number, number];
  const [height, width] = size as [number, number];
  const weights = (from: number, to: number, scale: number) =>
    tf.tensor2d(resizeWeights({ ...(rule as unknown as ResizeRule), from, to, scale }), [to, from]);
  const down = tf.matMul(
    weights(h, height, scales[0]!),
    tf.reshape(tf.transpose(x, [1, 0, 2, 3]), [h, n * w * c]),
  );
  const turned = tf.transpose(tf.reshape(down, [height, n, w, c]), [2, 0, 1, 3]);
  const across = tf.matMul(weights(w, width, scales[1]!), tf.reshape(turned, [w, height * n * c]));
  return tf.transpose(tf.reshape(across, [width, height, n, c]), [2, 1, 0, 3]);
}
