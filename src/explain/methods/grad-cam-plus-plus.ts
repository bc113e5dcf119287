import * as tf from '@tensorflow/tfjs-core';
import type { CommonOptions, Maps } from '../types.js';
import { gradientCam, quotient, weightedSum, type Splittable } from '../ops/index.js';
import { saliencyMethod, type SetRequired } from '../method.js';
import { atLeastZero } from '../options.js';

export interface GradCamPlusPlusOptions extends CommonOptions {
  /** Added to the denominator of alpha: 0, as in the paper. Some libraries add 1e-6, which changes maps by 2e-2. */
  epsilon?: number;
}

/**
 * Grad-CAM++: Grad-CAM whose channel weights are sums of the positive gradients, each pixel with a factor alpha that
 * makes objects of every size count alike. The class score is the exponential of the logit, whose derivatives the first
 * derivative g gives in closed form: alpha = g² / (2g² + g³ · sum of the channel's activations), 0 where the denominator is.
 * Costs one forward pass and one pass through the head and back an image.
 *
 * @param images [N, H, W, C], preprocessed for the network
 * @returns raw [N, h, w], ≥ 0; details: `target` int32 [N]
 * @throws InvalidInput when an option is out of its range
 * @see Chattopadhyay et al. (2018), "Grad-CAM++: Improved Visual Explanations for Deep Convolutional Networks", Eq. 19
 */
export const gradCamPlusPlus = saliencyMethod(
  {
    name: 'grad-cam++',
    title: 'Grad-CAM++',
    reference: 'Chattopadhyay et al. (2018), Grad-CAM++, WACV, arXiv 1710.11063',
    needs: ['target layer', 'head gradient'],
    options: { epsilon: atLeastZero(0) },
    cost: () => ({ queries: 1, heads: 2 }),
  },
  (
    classifier: Splittable,
    images: tf.Tensor4D,
    options: SetRequired<GradCamPlusPlusOptions, 'epsilon'>,
  ): Maps => {
    const { epsilon } = options;
    return gradientCam(classifier, images, options, (activations, gradients) => {
      const sums = tf.sum(activations, [1, 2], true);
      const curvature = tf.add(2, tf.mul(gradients, sums));
      // g² is canceled where it can be: the cubes of small gradients would underflow.
      const square = tf.square(gradients);
      const alpha =
        epsilon === 0
          ? quotient(tf.onesLike(gradients), curvature)
          : quotient(square, tf.add(tf.mul(square, curvature), epsilon));
      return weightedSum(activations, tf.sum(tf.mul(alpha, tf.relu(gradients)), [1, 2]));
    });
  },
);
