import * as tf from '@tensorflow/tfjs-core';
import {
  attributionMaps,
  chunkSize,
  classIndices,
  inChunks,
  inputGradient,
  noiseOptions,
  noisyCopies,
  sumOverSamples,
  type Differentiable,
  type NoiseOptions,
} from '../ops/index.js';
import type { CommonOptions, Maps } from '../types.js';
import { saliencyMethod, type SetRequired } from '../method.js';

export type VarGradOptions = CommonOptions & NoiseOptions;

/**
 * VarGrad: the variance of the gradients of the class's logit over noisy copies of the image. The class is that of the
 * clean image. Costs `samples` + 1 passes forward and back an image, and samples · H · W · C floats for the noise.
 *
 * @param images [N, H, W, C], preprocessed for the network
 * @returns raw [N, H, W], the largest variance over the channels; details: `attribution` [N, H, W, C], the variances
 *   (divided by the number of samples), and `target` int32 [N]
 * @throws InvalidInput when an option is out of its range
 * @see Adebayo et al. (2018), "Local Explanation Methods for Deep Neural Networks Lack Sensitivity to Parameter Values"
 */
export const varGrad = saliencyMethod(
  {
    name: 'vargrad',
    title: 'VarGrad',
    reference: 'Adebayo et al. (2018), ICLR Workshop, arXiv 1810.03307',
    needs: ['image gradient'],
    options: noiseOptions,
    cost: ({ samples }) => ({ queries: 1, gradients: Number(samples) + 1 }),
  },
  (
    classifier: Differentiable,
    images: tf.Tensor4D,
    options: SetRequired<VarGradOptions, 'samples' | 'spread' | 'seed'>,
  ): Maps => {
    const chunk = chunkSize(options.chunk, images.shape, 'backward');
    return tf.tidy(() => {
      const target = classIndices(classifier, images, options.target, chunk);
      const samples = noisyCopies(images, options);
      // Differences to a gradient near by: a sum of squares alone would lose the variance to rounding.
      const clean = inChunks(images.shape[0], chunk, (rows) =>
        inputGradient(classifier, tf.gather(images, rows), tf.gather(target, rows)),
      );
      const sums = sumOverSamples(classifier, target, samples, chunk, (gradients, rows) => {
        const away = tf.sub<tf.Tensor5D>(gradients, tf.expandDims(tf.gather(clean, rows), 1));
        return tf.concat([away, tf.square(away)], 4);
      });
      const [first, second] = tf.split(tf.div<tf.Tensor>(sums, samples.count), 2, 3) as [
        tf.Tensor4D,
        tf.Tensor4D,
      ];
      return attributionMaps(tf.relu(tf.sub<tf.Tensor4D>(second, tf.square(first))), target);
    });
  },
);
