import * as tf from '@tensorflow/tfjs-core';
import { gaussianBlur, type Blur } from '../explain/index.js';

/**
 * What stands where a pixel was removed: the image blurred, zeros (the mean color of the training data where the
 * preprocessing subtracts it), or the image's own mean color.
 */
export type InFill = ({ kind: 'blur' } & Blur) | { kind: 'zeros' } | { kind: 'mean' };

/**
 * The images with every pixel removed.
 *
 * @param images [N, H, W, C], preprocessed
 * @returns same shape; the caller owns it
 */
export function inFill(images: tf.Tensor4D, fill: InFill): tf.Tensor4D {
  if (fill.kind === 'blur') return gaussianBlur(images, fill);
  if (fill.kind === 'zeros') return tf.zerosLike(images);
  return tf.tidy(() => tf.broadcastTo<tf.Rank.R4>(tf.mean(images, [1, 2], true), images.shape));
}
