import * as tf from '@tensorflow/tfjs-core';
import type { Classifier } from '../../models/index.js';
import { inChunks } from './chunks.js';

/**
 * The target layer's activations, computed for `chunk` images at a time.
 *
 * @param images [N, H, W, C], preprocessed
 * @param chunk the most images in the network at once
 * @returns [N, h, w, K]; the caller owns it
 */
export function activationsInChunks(
  classifier: Pick<Classifier, 'activations'>,
  images: tf.Tensor4D,
  chunk: number,
): tf.Tensor4D {
  if (images.shape[0] <= chunk) return tf.tidy(() => classifier.activations(images));
  return inChunks(images.shape[0], chunk, (rows) => classifier.activations(tf.gather(images, rows)));
}

/**
 * The logits of images whose activations are there already: from these, or, where another branch bypasses the target
 * layer, from the images once more.
 *
 * @returns [N, classes]; the caller owns it
 */
export function logitsBehind(
  classifier: Pick<Classifier, 'head' | 'logits' | 'bypassed'>,
  images: tf.Tensor4D,
  activations: tf.Tensor4D,
  chunk: number,
): tf.Tensor2D {
  if (!classifier.bypassed) return classifier.head(activations);
  return inChunks(images.shape[0], chunk, (rows) => classifier.logits(tf.gather(images, rows)));
}
