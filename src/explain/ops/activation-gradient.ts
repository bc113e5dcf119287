import * as tf from '@tensorflow/tfjs-core';
import type { Classifier } from '../../models/index.js';
import { rowsOf, type AtLayer } from './activations.js';
import { inChunks } from './chunks.js';
import { selectClass } from './target.js';

/** Of which score a gradient is taken: the logit (before softmax), or the probability. */
export type GradientOf = 'logit' | 'probability';

/**
 * The gradient of each image's class score with respect to the target layer's activations. Only the network's head is
 * run, and each image's gradient is its own: the score summed over the batch has no mixed terms.
 *
 * @param activations [N, h, w, K]
 * @param target int32 [N]
 * @param bypass what leads past the target layer
 * @returns [N, h, w, K]; the caller owns it
 */
export function activationGradient(
  classifier: Pick<Classifier, 'head' | 'probabilities'>,
  activations: tf.Tensor4D,
  target: tf.Tensor1D,
  of: GradientOf = 'logit',
  bypass: tf.Tensor[] = [],
): tf.Tensor4D {
  const score = (x: tf.Tensor): tf.Scalar => {
    const logits = classifier.head(x as tf.Tensor4D, bypass);
    return tf.sum(selectClass(of === 'logit' ? logits : classifier.probabilities(logits), target));
  };
  return tf.grad(score)(activations) as tf.Tensor4D;
}

/**
 * The importance of each channel: the mean over positions of the gradient of the class score (Eq. 1 of Grad-CAM and of
 * Group-CAM), computed for `chunk` images at a time.
 *
 * @param target int32 [N]
 * @returns [N, K]; the caller owns it
 */
export function channelWeights(
  classifier: Pick<Classifier, 'head' | 'probabilities'>,
  { activations, bypass }: AtLayer,
  target: tf.Tensor1D,
  chunk: number,
  of: GradientOf = 'logit',
): tf.Tensor2D {
  return inChunks(activations.shape[0], chunk, (rows) => {
    const some = tf.gather(activations, rows);
    const gradients = activationGradient(classifier, some, tf.gather(target, rows), of, rowsOf(bypass, rows));
    return tf.mean<tf.Tensor2D>(gradients, [1, 2]);
  });
}
