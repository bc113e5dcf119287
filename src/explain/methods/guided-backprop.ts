import * as tf from '@tensorflow/tfjs-core';
import { attributionMaps, type Differentiable } from '../ops/index.js';
import type { CommonOptions, Maps } from '../types.js';
import { imageGradients } from './gradient.js';
import { saliencyMethod } from '../method.js';

/**
 * Guided backpropagation: the gradient of the class's logit, stopped at every ReLU where it is negative.
 * Costs one pass forward and back an image. It barely depends on the class or on the weights of the upper layers
 * (Adebayo et al. 2018): a picture of the edges that the network sees, not an explanation.
 *
 * @param images [N, H, W, C], preprocessed for the network
 * @returns raw [N, H, W], the largest absolute value over the channels; details: `attribution` [N, H, W, C], signed,
 *   and `target` int32 [N]
 * @throws InvalidInput when an option is out of its range
 * @see Springenberg et al. (2014), "Striving for Simplicity: The All Convolutional Net"
 */
export const guidedBackprop = saliencyMethod(
  {
    name: 'guided-backprop',
    title: 'Guided backpropagation',
    reference: 'Springenberg et al. (2014), arXiv 1412.6806',
    needs: ['image gradient'],
    options: {},
    cost: () => ({ queries: 1, gradients: 1 }),
  },
  (classifier: Differentiable, images: tf.Tensor4D, options: CommonOptions): Maps => {
    return tf.tidy(() => {
      const { gradients, target } = imageGradients(classifier, images, options, 'guided');
      return attributionMaps(gradients, target);
    });
  },
);
