import * as tf from '@tensorflow/tfjs-core';
import {
  attributionMaps,
  chunkSize,
  classIndices,
  sumOverSamples,
  type Differentiable,
} from '../ops/index.js';
import type { CommonOptions, Maps } from '../types.js';
import { saliencyMethod, type SetRequired } from '../method.js';
import { integer, number } from '../options.js';

export interface IntegratedGradientsOptions extends CommonOptions {
  /** Points on the way from the baseline to the image: 50. */
  steps?: number;
  /** Value of every pixel of the baseline, after preprocessing: 0. */
  baseline?: number;
}

/**
 * Integrated gradients: the mean gradient of the class's logit on the straight way from a baseline to the image (right
 * Riemann sum, without the baseline itself), times what was gone. Sums up to nearly the difference of the logits.
 * Costs `steps` passes forward and back an image.
 *
 * @param images [N, H, W, C], preprocessed for the network
 * @returns raw [N, H, W], the largest absolute value over the channels; details: `attribution` [N, H, W, C], signed,
 *   and `target` int32 [N]
 * @throws InvalidInput when an option is out of its range
 * @see Sundararajan, Taly & Yan (2017), "Axiomatic Attribution for Deep Networks", Eq. 3
 */
export const integratedGradients = saliencyMethod(
  {
    name: 'integrated-gradients',
    title: 'Integrated gradients',
    reference: 'Sundararajan, Taly & Yan (2017), ICML, arXiv 1703.01365',
    needs: ['image gradient'],
    options: { steps: integer(50), baseline: number(0) },
    cost: ({ steps }) => ({ queries: 1, gradients: Number(steps) }),
  },
  (
    classifier: Differentiable,
    images: tf.Tensor4D,
    options: SetRequired<IntegratedGradientsOptions, 'steps' | 'baseline'>,
  ): Maps => {
    const { steps, baseline } = options;
    const chunk = chunkSize(options.chunk, images.shape, 'backward');
    return tf.tidy(() => {
      const target = classIndices(classifier, images, options.target, chunk);
      const start = tf.fill<tf.Rank.R4>([images.shape[0], 1, 1, 1], baseline);
      const points = { first: 1, last: steps, whole: steps };
      return attributionMaps(pathAttribution(classifier, images, start, target, points, chunk), target);
    });
  },
);

/** Points at the shares first/whole, (first + 1)/whole, …, last/whole of a way. */
export interface PathPoints {
  first: number;
  last: number;
  whole: number;
}

/**
 * The mean gradient at points on the straight way from a baseline to each image, times image − baseline.
 *
 * @param images [N, H, W, C]
 * @param baselines [N, H, W, C] or what broadcasts to it
 * @param target int32 [N]
 * @param points integers: 0 is the baseline, `whole` the image
 * @param chunk the most points in the network at once
 * @returns [N, H, W, C], signed; the caller owns it
 */
export function pathAttribution(
  classifier: Differentiable,
  images: tf.Tensor4D,
  baselines: tf.Tensor4D,
  target: tf.Tensor1D,
  { first, last, whole }: PathPoints,
  chunk: number,
): tf.Tensor4D {
  return tf.tidy(() => {
    const count = last - first + 1;
    const way = tf.sub<tf.Tensor4D>(images, baselines);
    const samples = {
      count,
      make: (rows: tf.Tensor1D, numbers: tf.Tensor1D) => {
        const steps = tf.reshape(
          tf.cast(tf.add(numbers, tf.scalar(first, 'int32')), 'float32'),
          [1, -1, 1, 1, 1],
        );
        const from = tf.expandDims<tf.Tensor5D>(tf.gather(baselines, rows), 1);
        // Multiplied before divided: a share would be rounded, its numerator and denominator are not.
        const gone = tf.div(tf.mul(steps, tf.expandDims(tf.gather(way, rows), 1)), whole);
        return tf.add<tf.Tensor5D>(from, gone);
      },
    };
    const sum = sumOverSamples(classifier, target, samples, chunk);
    return tf.mul(tf.div(sum, count), way);
  });
}
