import * as tf from '@tensorflow/tfjs-core';
import type { Classifier } from '../models/index.js';
import { selectClass } from './target.js';

/** Of which score a gradient is taken: the logit (before softmax), or the probability. */
export type GradientOf = 'logit' | 'probability';

/**
 * The gradient of each image's class score with respect to the target layer's activations. Only the network's head is
 * run, and each image's gradient is its own: the score summed over the batch has no mixed terms.
 *
 * @param activations [N, h, w, K]
 * @param target int32 [N]
 * @returns [N, h, w, K]; the caller owns it
 */
export function activationGradient(
  classifier: Pick<Classifier, 'head' | 'probabilities'>,
  activations: tf.Tensor4D,
  target: tf.Tensor1D,
  of: GradientOf = 'logit',
): tf.Tensor4D {
  const score = (x: tf.Tensor): tf.Scalar => {
    const logits = classifier.head(x as tf.Tensor4D);
    return tf.sum(selectClass(of === 'logit' ? logits : classifier.probabilities(logits), target));
  };
  return tf.grad(score)(activations) as tf.Tensor4D;
}
