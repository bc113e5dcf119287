import * as tf from '@tensorflow/tfjs-core';
import { invalid } from '../../errors.js';
import type { Target } from '../types.js';

/**
 * The class index of each image.
 *
 * @param count number of images, N
 * @param classes number of classes
 * @param logits gives [N, classes]; called only where the target is 'predicted'
 * @returns int32 [N]; the caller owns it. Where logits tie, the first of them.
 * @throws InvalidInput when an index is not a class or when there are not N of them. A tensor's values are not looked
 *   at (they may not be known yet): an index that is no class gives scores of 0.
 */
export function targetIndices(
  target: Target,
  count: number,
  classes: number,
  logits: () => tf.Tensor2D,
): tf.Tensor1D {
  if (target === 'predicted') return tf.tidy(() => tf.cast(tf.argMax(logits(), 1), 'int32') as tf.Tensor1D);
  if (target instanceof tf.Tensor) {
    if (target.rank !== 1 || target.shape[0] !== count) {
      throw invalid('target', `class indices of shape [${count}]`, target.shape);
    }
    return tf.tidy(() => tf.cast(target, 'int32'));
  }
  const indices = typeof target === 'number' ? new Array<number>(count).fill(target) : Array.from(target);
  if (indices.length !== count) throw invalid('target', `one class for each of ${count} images`, indices);
  const wrong = indices.find((index) => !(Number.isInteger(index) && index >= 0 && index < classes));
  if (wrong !== undefined) throw invalid('target', `a class index from 0 to ${classes - 1}`, wrong);
  return tf.tensor1d(indices, 'int32');
}

/**
 * The score of one class an image.
 *
 * @param scores [N, classes], float32: logits or probabilities
 * @param target int32 [N]; an index outside the classes gives 0
 * @returns [N]; the caller owns it. Records gradients.
 */
export function selectClass(scores: tf.Tensor2D, target: tf.Tensor1D): tf.Tensor1D {
  return tf.tidy(() => {
    // tf.oneHot refuses a single class.
    const isTarget = tf.equal(tf.expandDims(target, 1), tf.range(0, scores.shape[1], 1, 'int32'));
    return tf.sum(tf.mul(scores, tf.cast(isTarget, 'float32')), 1);
  });
}
