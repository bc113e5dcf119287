import * as tf from '@tensorflow/tfjs-core';
import { exactProduct } from './exact-product.js';
import type { Classifier } from '../../models/index.js';
import { activationGradient } from './activation-gradient.js';
import { rowsOf, splitInChunks } from './activations.js';
import { chunkSize, inChunks } from './chunks.js';
import { classIndicesBehind } from './class-indices.js';
import type { CommonOptions, Maps } from '../types.js';
import { minMax } from './min-max.js';
import { upsample } from './upsample.js';

/** What CAM methods need of a network. */
export type Splittable = Pick<
  Classifier,
  'activations' | 'head' | 'probabilities' | 'classes' | 'bypassed' | 'split'
>;

/**
 * What Grad-CAM and its relatives share: a map of the target layer from its activations and the gradient of the class's
 * logit with respect to them. Costs one forward pass and one pass through the head and back an image.
 *
 * @param images [N, H, W, C], preprocessed
 * @param combine from activations and gradients, both [n, h, w, K], to maps [n, h, w]; what is below 0 becomes 0
 * @returns raw [N, h, w], ≥ 0; details: `target` int32 [N]
 * @throws InvalidInput when an option is out of its range
 */
export function gradientCam(
  classifier: Splittable,
  images: tf.Tensor4D,
  options: CommonOptions,
  combine: (activations: tf.Tensor4D, gradients: tf.Tensor4D) => tf.Tensor3D,
): Maps {
  const [count, height, width] = images.shape;
  const chunk = chunkSize(options.chunk, images.shape, 'backward');
  return tf.tidy(() => {
    const atLayer = splitInChunks(classifier, images, chunk);
    const { activations, bypass } = atLayer;
    const target = classIndicesBehind(classifier, atLayer, options.target, chunk);
    const raw = inChunks(count, chunk, (rows) => {
      const some = tf.gather(activations, rows);
      const past = rowsOf(bypass, rows);
      const gradients = activationGradient(classifier, some, tf.gather(target, rows), 'logit', past);
      return tf.relu(combine(some, gradients));
    });
    return { map: minMax(upsample(raw, [height, width])), raw, details: { target } };
  });
}

/**
 * The sum of the channels, each with its weight.
 *
 * @param activations [N, h, w, K]
 * @param weights [N, K]
 * @returns [N, h, w]; the caller owns it
 */
export function weightedSum(activations: tf.Tensor4D, weights: tf.Tensor2D): tf.Tensor3D {
  const [count, height, width, channels] = activations.shape;
  return tf.tidy(() => {
    const flat = tf.reshape(activations, [count, height * width, channels]);
    const sums = exactProduct(flat, tf.reshape(weights, [count, channels, 1]));
    return tf.reshape<tf.Rank.R3>(sums, [count, height, width]);
  });
}

/**
 * a / b where b is not 0; 0 where it is.
 *
 * @returns the broadcast shape; the caller owns it
 */
export function quotient<T extends tf.Tensor>(a: tf.Tensor, b: tf.Tensor): T {
  return tf.tidy(() => {
    const none = tf.equal(b, 0);
    const found = tf.div(a, tf.where(none, tf.onesLike(b), b));
    return tf.where(tf.broadcastTo(none, found.shape), tf.zerosLike(found), found) as T;
  });
}
