import * as tf from '@tensorflow/tfjs-core';
import type { Classifier } from '../../models/index.js';
import { warnOnce } from '../warn.js';
import { withGuidedRelus } from './guided-relu.js';
import { selectClass } from './target.js';

/** How a gradient passes a ReLU: as calculus has it, or only where it is above 0 itself. */
export type GradientRule = 'plain' | 'guided';

/** A classifier; where it is compiled, with its gradient as a graph of its own (see `compiledClassifier`). */
export interface Differentiable
  extends Pick<Classifier, 'logits' | 'classes'>, Partial<Pick<Classifier, 'model'>> {
  inputGradient?(images: tf.Tensor4D, target: tf.Tensor1D, rule: GradientRule): tf.Tensor4D;
}

/**
 * The gradient of each image's class logit with respect to its pixels. Each image's gradient is its own: the score
 * summed over the batch has no mixed terms.
 *
 * @param images [N, H, W, C], preprocessed; all of them are in the network at once
 * @param target int32 [N]
 * @returns [N, H, W, C]; the caller owns it
 */
export function inputGradient(
  classifier: Differentiable,
  images: tf.Tensor4D,
  target: tf.Tensor1D,
  rule: GradientRule = 'plain',
): tf.Tensor4D {
  if (classifier.inputGradient) return classifier.inputGradient(images, target, rule);
  const score = (x: tf.Tensor): tf.Scalar => tf.sum(selectClass(classifier.logits(x as tf.Tensor4D), target));
  const gradient = () => tf.grad(score)(images) as tf.Tensor4D;
  if (rule === 'plain') return gradient();
  return withGuidedRelus(gradient, () =>
    warnOnce(classifier, 'guided-backprop: the network has no ReLU; the map is that of the plain gradient'),
  );
}
