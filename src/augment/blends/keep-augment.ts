import * as tf from '@tensorflow/tfjs-core';
import { invalid } from '../../errors.js';
import { percentile } from '../../explain/index.js';
import type { Blend } from './types.js';
import { inRectangles } from './rectangle.js';

/** Side of the erased square as a share of the image's shorter side. */
const SIDE = 0.5;
/** Places whose importance is above this percentile of all places are left alone. */
const PERCENTILE = 60;

/**
 * KeepAugment with Cutout (Gong et al. 2021, selective cut): a square is erased at a random place, among those places
 * that hold less of the map than the 60th percentile of all places. Ours differs in the map (theirs: the gradient's
 * magnitude), draws from the allowed places at once instead of trying until one is allowed, keeps the square inside of
 * the image, and fills it with the image's mean color.
 */
export const keepAugmentBlend: Blend = {
  summary: 'a square erased that avoids what is salient',
  map: 'own',
  salient: 'graded',
  wantsOther: false,
  wantsNumbers: true,
  mixesLabels: false,
  make({ images, salient, numbers }) {
    if (!numbers)
      throw invalid('randomInputs.numbers', 'random numbers where stage.blend is keep-augment', numbers);
    const [, height, width] = salient.shape;
    const side = Math.max(1, Math.floor(SIDE * Math.min(height, width)));
    const sums = squareSums(salient, side);
    const allowed = tf.lessEqual<tf.Tensor3D>(sums, percentile(sums, PERCENTILE));
    const [position] = tf.unstack(numbers, 1) as [tf.Tensor1D];
    const { row, column } = pick(allowed, position);
    const square = { top: row, bottom: tf.add(row, side), left: column, right: tf.add(column, side) };
    const erased = inRectangles(square, [height, width]);
    return { kept: tf.sub(1, erased), fill: tf.mean(images, [1, 2], true) };
  },
};

/**
 * What every square of a map sums to.
 *
 * @param maps [n, H, W]
 * @returns [n, H − side + 1, W − side + 1], by the square's upper left pixel; the caller owns it
 */
export function squareSums(maps: tf.Tensor3D, side: number): tf.Tensor3D {
  const [images, height, width] = maps.shape;
  return tf.tidy(() => {
    const before = tf.pad(tf.cumsum(tf.cumsum(maps, 1), 2), [[0, 0], [1, 0], [1, 0]]); // prettier-ignore
    const [rows, columns] = [height - side + 1, width - side + 1];
    const at = (top: number, left: number): tf.Tensor3D =>
      tf.slice(before, [0, top, left], [images, rows, columns]) as tf.Tensor3D;
    return tf.add(tf.sub(at(side, side), at(0, side)), tf.sub(at(0, 0), at(side, 0)));
  });
}

/**
 * One of the allowed places of each image, each with the same probability.
 *
 * @param allowed [n, h, w], bool, one at least an image
 * @param position [n], uniform in [0, 1)
 * @returns row and column, float32 [n] each
 */
export function pick(allowed: tf.Tensor3D, position: tf.Tensor1D): { row: tf.Tensor; column: tf.Tensor } {
  const [images, height, width] = allowed.shape;
  const counted = tf.cumsum(tf.reshape(tf.cast(allowed, 'float32'), [images, height * width]), 1);
  const total = tf.max(counted, 1);
  // A product may be rounded up to the total.
  const rank = tf.minimum(tf.floor(tf.mul(position, total)), tf.sub(total, 1));
  const place = tf.sum(tf.cast(tf.lessEqual(counted, tf.expandDims(rank, 1)), 'float32'), 1);
  const row = tf.floor(tf.div(place, width));
  return { row, column: tf.sub(place, tf.mul(row, width)) };
}
