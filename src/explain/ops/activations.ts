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

/** What is known of images at the target layer. */
// A type and not an interface: tf.tidy takes what it returns.
export type AtLayer = {
  /** [N, h, w, K] */
  activations: tf.Tensor4D;
  /** What leads past the target layer to the logits, [N, ...] each; mostly nothing. */
  bypass: tf.Tensor[];
};

/**
 * Activations and what leads past them, computed for `chunk` images at a time.
 *
 * @param images [N, H, W, C], preprocessed
 * @returns the caller owns all of it
 */
export function splitInChunks(
  classifier: Pick<Classifier, 'activations' | 'bypassed' | 'split'>,
  images: tf.Tensor4D,
  chunk: number,
): AtLayer {
  if (!classifier.bypassed || !classifier.split) {
    return { activations: activationsInChunks(classifier, images, chunk), bypass: [] };
  }
  const split = classifier.split.bind(classifier);
  return tf.tidy(() => {
    const parts: AtLayer[] = [];
    for (let start = 0; start < images.shape[0]; start += chunk) {
      const count = Math.min(chunk, images.shape[0] - start);
      parts.push(split(tf.slice(images, [start, 0, 0, 0], [count, -1, -1, -1])));
    }
    if (parts.length === 1) return parts[0]!;
    return {
      activations: tf.concat(parts.map(({ activations }) => activations)),
      bypass: parts[0]!.bypass.map((_, index) => tf.concat(parts.map(({ bypass }) => bypass[index]!))),
    };
  });
}

/** Rows of tensors: of each, those of the same images. */
export function rowsOf(tensors: readonly tf.Tensor[], rows: tf.Tensor1D): tf.Tensor[] {
  return tensors.map((tensor) => tf.gather(tensor, rows));
}

/**
 * The logits of images whose activations are there already, `chunk` at a time where others came past them.
 *
 * @returns [N, classes]; the caller owns it
 */
export function logitsBehind(
  classifier: Pick<Classifier, 'head'>,
  { activations, bypass }: AtLayer,
  chunk: number,
): tf.Tensor2D {
  if (bypass.length === 0) return classifier.head(activations);
  return inChunks(activations.shape[0], chunk, (rows) =>
    classifier.head(tf.gather(activations, rows), rowsOf(bypass, rows)),
  );
}
