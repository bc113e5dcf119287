import * as tf from '@tensorflow/tfjs-core';
import {
  attributionMaps,
  chunkSize,
  classIndices,
  inChunks,
  inputGradient,
  type Differentiable,
  type GradientRule,
} from '../ops/index.js';
import type { CommonOptions, Maps } from '../types.js';
import { saliencyMethod } from '../method.js';

/**
 * Gradient (saliency, "vanilla backpropagation"): how fast the class's logit changes with each pixel.
 * Costs one pass forward and back an image.
 *
 * @param images [N, H, W, C], preprocessed for the network
 * @returns raw [N, H, W], the largest |gradient| over the channels; details: `attribution` [N, H, W, C], the signed
 *   gradient, and `target` int32 [N]
 * @throws InvalidInput when an option is out of its range
 * @see Simonyan, Vedaldi & Zisserman (2013), "Deep Inside Convolutional Networks: Visualizing Image Classification
 *   Models and Saliency Maps"
 */
export const gradient = saliencyMethod(
  {
    name: 'gradient',
    title: 'Gradient',
    reference: 'Simonyan, Vedaldi & Zisserman (2013), arXiv 1312.6034',
    needs: ['image gradient'],
    options: {},
    cost: () => ({ queries: 1, gradients: 1 }),
  },
  (classifier: Differentiable, images: tf.Tensor4D, options: CommonOptions): Maps => {
    return tf.tidy(() => {
      const { gradients, target } = imageGradients(classifier, images, options);
      return attributionMaps(gradients, target);
    });
  },
);

/**
 * The gradient of each image's class logit with respect to its pixels, computed for some images at a time.
 *
 * @returns gradients [N, H, W, C] and target int32 [N]; the caller owns them
 */
export function imageGradients(
  classifier: Differentiable,
  images: tf.Tensor4D,
  options: CommonOptions,
  rule: GradientRule = 'plain',
): { gradients: tf.Tensor4D; target: tf.Tensor1D } {
  const chunk = chunkSize(options.chunk, images.shape, 'backward');
  return tf.tidy(() => {
    const target = classIndices(classifier, images, options.target, chunk);
    const gradients = inChunks(images.shape[0], chunk, (rows) =>
      inputGradient(classifier, tf.gather(images, rows), tf.gather(target, rows), rule),
    );
    return { gradients, target };
  });
}
