import * as tf from '@tensorflow/tfjs-core';
import type { CommonOptions, Maps } from '../types.js';
import { gradientCam, weightedSum, type Splittable } from '../ops/index.js';
import { saliencyMethod } from '../method.js';

/**
 * Grad-CAM: the channels of the target layer, each weighted by the mean gradient of the class's logit, and of their sum
 * what is above 0. Costs one forward pass and one pass through the head and back an image.
 *
 * @param images [N, H, W, C], preprocessed for the network
 * @returns raw [N, h, w], ≥ 0; details: `target` int32 [N]
 * @throws InvalidInput when an option is out of its range
 * @see Selvaraju et al. (2017), "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization",
 *   Eq. 1 and 2
 */
export const gradCam = saliencyMethod(
  {
    name: 'grad-cam',
    title: 'Grad-CAM',
    reference: 'Selvaraju et al. (2017), Grad-CAM, ICCV, arXiv 1610.02391',
    needs: ['target layer', 'head gradient'],
    options: {},
    cost: () => ({ queries: 1, heads: 2 }),
  },
  (classifier: Splittable, images: tf.Tensor4D, options: CommonOptions): Maps => {
    return gradientCam(classifier, images, options, (activations, gradients) =>
      weightedSum(activations, tf.mean(gradients, [1, 2])),
    );
  },
);
