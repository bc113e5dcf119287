import * as tf from '@tensorflow/tfjs-core';
import { attributionMaps, type Differentiable } from '../ops/index.js';
import type { CommonOptions, Maps } from '../types.js';
import { imageGradients } from './gradient.js';
import { saliencyMethod } from '../method.js';

/**
 * Gradient × input: each pixel's gradient times its value after preprocessing, so it depends on what counts as 0 there.
 * Costs one pass forward and back an image.
 *
 * @param images [N, H, W, C], preprocessed for the network
 * @returns raw [N, H, W], the largest absolute value over the channels; details: `attribution` [N, H, W, C], signed,
 *   and `target` int32 [N]
 * @throws InvalidInput when an option is out of its range
 * @see Shrikumar et al. (2016), "Not Just a Black Box: Learning Important Features Through Propagating Activation
 *   Differences"
 */
export const gradientXInput = saliencyMethod(
  {
    name: 'gradient-x-input',
    title: 'Gradient × input',
    reference: 'Shrikumar et al. (2016), arXiv 1605.01713',
    needs: ['image gradient'],
    options: {},
    cost: () => ({ queries: 1, gradients: 1 }),
  },
  (classifier: Differentiable, images: tf.Tensor4D, options: CommonOptions): Maps => {
    return tf.tidy(() => {
      const { gradients, target } = imageGradients(classifier, images, options);
      return attributionMaps(tf.mul(gradients, images), target);
    });
  },
);
