import * as tf from '@tensorflow/tfjs-core';
import {
  attributionMaps,
  chunkSize,
  classIndices,
  noiseOptions,
  noisyCopies,
  sumOverSamples,
  type Differentiable,
  type NoiseOptions,
} from '../ops/index.js';
import type { CommonOptions, Maps } from '../types.js';
import { saliencyMethod, type SetRequired } from '../method.js';

export type SmoothGradOptions = CommonOptions & NoiseOptions;

/**
 * SmoothGrad: the mean of the signed gradients of the class's logit at noisy copies of the image. The class is that of
 * the clean image. Costs `samples` passes forward and back an image, and samples · H · W · C floats for the noise.
 *
 * @param images [N, H, W, C], preprocessed for the network
 * @returns raw [N, H, W], the largest absolute value over the channels; details: `attribution` [N, H, W, C], signed,
 *   and `target` int32 [N]
 * @throws InvalidInput when an option is out of its range
 * @see Smilkov et al. (2017), "SmoothGrad: removing noise by adding noise"
 */
export const smoothGrad = saliencyMethod(
  {
    name: 'smoothgrad',
    title: 'SmoothGrad',
    reference: 'Smilkov et al. (2017), arXiv 1706.03825',
    needs: ['image gradient'],
    options: noiseOptions,
    cost: ({ samples }) => ({ queries: 1, gradients: Number(samples) }),
  },
  (
    classifier: Differentiable,
    images: tf.Tensor4D,
    options: SetRequired<SmoothGradOptions, 'samples' | 'spread' | 'seed'>,
  ): Maps => {
    const chunk = chunkSize(options.chunk, images.shape, 'backward');
    return tf.tidy(() => {
      const target = classIndices(classifier, images, options.target, chunk);
      const samples = noisyCopies(images, options);
      return attributionMaps(
        tf.div(sumOverSamples(classifier, target, samples, chunk), samples.count),
        target,
      );
    });
  },
);
