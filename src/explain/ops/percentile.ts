import * as tf from '@tensorflow/tfjs-core';
import { invalid } from '../../errors.js';

/**
 * The percentile of each map, with linear interpolation between the two nearest values (numpy's default).
 *
 * @param maps [..., h, w], float32
 * @param theta percentile, 0 to 100
 * @returns [..., 1, 1]; the caller owns it
 * @throws InvalidInput when theta is outside 0 to 100
 */
export function percentile(maps: tf.Tensor, theta: number): tf.Tensor {
  if (!(theta >= 0 && theta <= 100)) throw invalid('theta', 'a percentile from 0 to 100', theta);
  const leading = maps.shape.slice(0, -2);
  const count = maps.shape.at(-2)! * maps.shape.at(-1)!;
  const position = (theta / 100) * (count - 1);
  const rank = Math.floor(position);
  return tf.tidy(() => {
    const flat = tf.reshape(maps, [-1, count]);
    // Descending, down to the value of that rank: the last column is it, the one before is the next higher.
    const kept = count - rank;
    const { values } = tf.topk(flat, kept, true);
    const lower = tf.slice(values, [0, kept - 1], [-1, 1]);
    const upper = tf.slice(values, [0, Math.max(0, kept - 2)], [-1, 1]);
    const result = tf.add(lower, tf.mul(tf.sub(upper, lower), position - rank));
    return tf.reshape(result, [...leading, 1, 1]);
  });
}
