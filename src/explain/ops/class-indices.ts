import * as tf from '@tensorflow/tfjs-core';
import type { Classifier } from '../../models/index.js';
import { logitsBehind, type AtLayer } from './activations.js';
import { inChunks } from './chunks.js';
import type { Target } from '../types.js';
import { targetIndices } from './target.js';

/**
 * The class index of each image, where nothing of the images has been computed yet. A forward pass is done only where
 * the target is 'predicted'.
 *
 * @param images [N, H, W, C], preprocessed
 * @param chunk the most images in the network at once
 * @returns int32 [N]; the caller owns it
 * @throws InvalidInput as `targetIndices`
 */
export function classIndices(
  classifier: Pick<Classifier, 'logits' | 'classes'>,
  images: tf.Tensor4D,
  target: Target = 'predicted',
  chunk: number,
): tf.Tensor1D {
  const count = images.shape[0];
  return targetIndices(target, count, classifier.classes, () =>
    inChunks(count, chunk, (rows) => classifier.logits(tf.gather(images, rows))),
  );
}

/** The same where the activations are there already. */
export function classIndicesBehind(
  classifier: Pick<Classifier, 'head' | 'classes'>,
  atLayer: AtLayer,
  target: Target = 'predicted',
  chunk: number,
): tf.Tensor1D {
  return targetIndices(target, atLayer.activations.shape[0], classifier.classes, () =>
    logitsBehind(classifier, atLayer, chunk),
  );
}
