import * as tf from '@tensorflow/tfjs-core';
import type { CommonOptions, Maps } from '../types.js';
import { gradientCam, quotient, weightedSum, type Splittable } from '../ops/index.js';
import { saliencyMethod } from '../method.js';

/**
 * XGrad-CAM: Grad-CAM with each pixel's gradient weighted by its share of the channel's activation; a channel whose
 * activations sum to 0 weighs 0. Costs one forward pass and one pass through the head and back an image.
 *
 * @param images [N, H, W, C], preprocessed for the network
 * @returns raw [N, h, w], ≥ 0; details: `target` int32 [N]
 * @throws InvalidInput when an option is out of its range
 * @see Fu et al. (2020), "Axiom-based Grad-CAM: Towards Accurate Visualization and Explanation of CNNs", Eq. 8
 */
export const xGradCam = saliencyMethod(
  {
    name: 'xgrad-cam',
    title: 'XGrad-CAM',
    reference: 'Fu et al. (2020), XGrad-CAM, BMVC, arXiv 2008.02312',
    needs: ['target layer', 'head gradient'],
    options: {},
    cost: () => ({ queries: 1, heads: 2 }),
  },
  (classifier: Splittable, images: tf.Tensor4D, options: CommonOptions): Maps => {
    return gradientCam(classifier, images, options, (activations, gradients) => {
      const shares = tf.sum(tf.mul(activations, gradients), [1, 2]);
      return weightedSum(activations, quotient(shares, tf.sum(activations, [1, 2])));
    });
  },
);
