import * as tf from '@tensorflow/tfjs-core';
import { invalid, phrase } from '../../errors.js';
import type { Attention, Classifier } from '../../models/index.js';
import type { CommonOptions, Maps } from '../types.js';
import { chunkSize, inChunks } from './chunks.js';
import { classIndices } from './class-indices.js';
import { exactProduct } from './exact-product.js';
import { minMax } from './min-max.js';
import { upsample } from './upsample.js';

/** What methods of attention need of a network. */
export type Attending = Pick<Classifier, 'logits' | 'classes' | 'attention'> &
  Partial<Pick<Classifier, 'model'>>;

/**
 * The attention of a network.
 *
 * @param method who asks, for the message
 * @throws InvalidInput where it has none
 */
export function attentionIn({ attention, model }: Attending, method: string): Attention {
  if (attention) return attention;
  throw invalid(
    method,
    'a vision transformer, whose blocks attend from all tokens to all tokens',
    phrase(model ? `'${model.name}', which does not` : 'a network that does not'),
    'grad-cam and the other CAMs do without',
  );
}

/**
 * Weights of the logits that give each image's target class.
 *
 * @param target int32 [N]
 * @returns [N, classes]; the caller owns it
 */
export function directionOf(target: tf.Tensor1D, classes: number): tf.Tensor2D {
  return tf.tidy(() => {
    // tf.oneHot refuses a single class.
    const isTarget = tf.equal(tf.expandDims(target, 1), tf.range(0, classes, 1, 'int32'));
    return tf.cast(isTarget, 'float32') as tf.Tensor2D;
  });
}

/**
 * Where a network's end reads: all weight on the class token, or the same on each patch.
 *
 * @returns [N, 1, T]; the caller owns it
 */
export function reading({ prefix, grid, reads }: Attention, count: number): tf.Tensor3D {
  const patches = grid[0] * grid[1];
  const weights = Array.from({ length: prefix + patches }, (_, token) =>
    reads === 'class' ? Number(token === 0) : token < prefix ? 0 : 1 / patches,
  );
  return tf.tidy(() => tf.tile(tf.tensor3d(weights, [1, 1, weights.length]), [count, 1, 1]));
}

/**
 * Takes a row through the blocks of a network, from the last to the first: row ← step(row, row · matrix).
 *
 * @param row [N, 1, T]
 * @param matrices [N, T, T], one a block, in their order
 * @returns [N, 1, T]; the caller owns it
 */
export function rollOut(
  row: tf.Tensor3D,
  matrices: readonly tf.Tensor3D[],
  step: (row: tf.Tensor3D, attended: tf.Tensor3D) => tf.Tensor3D,
): tf.Tensor3D {
  return tf.tidy(() =>
    [...matrices]
      .reverse()
      .reduce((reached, matrix) => step(reached, exactProduct<tf.Tensor3D>(reached, matrix)), row.clone()),
  );
}

/**
 * Maps of what each token got: that of the patches, as they lie in the image.
 *
 * @param tokens [N, 1, T] or [N, T]
 * @param size [H, W] of the images
 * @returns raw [N, h, w]
 */
export function patchMaps(
  tokens: tf.Tensor,
  { prefix, grid }: Attention,
  size: [number, number],
  details: Maps['details'],
): Maps {
  return tf.tidy(() => {
    const flat = tf.reshape<tf.Rank.R2>(tokens, [tokens.shape[0], -1]);
    const patches = tf.slice(flat, [0, prefix], [-1, -1]);
    const raw = tf.reshape<tf.Rank.R3>(patches, [flat.shape[0], ...grid]);
    return { map: minMax(upsample(raw, size)), raw, details };
  });
}

/**
 * Maps of what each token got for an image's class, in chunks of images.
 *
 * @param method who asks, for messages
 * @param tokensOf images of a chunk, and the weights of the logits that give their classes [n, classes] → [n, 1, T] or
 *   [n, T]
 * @returns details: `target` int32 [N]
 */
export function classTokenMaps(
  method: string,
  classifier: Attending,
  images: tf.Tensor4D,
  options: CommonOptions,
  tokensOf: (attention: Attention, images: tf.Tensor4D, direction: tf.Tensor2D) => tf.Tensor,
): Maps {
  const [count, height, width] = images.shape;
  const chunk = chunkSize(options.chunk, images.shape, 'backward');
  const attention = attentionIn(classifier, method);
  return tf.tidy(() => {
    const target = classIndices(classifier, images, options.target, chunk);
    const tokens = inChunks(count, chunk, (rows) =>
      tokensOf(attention, tf.gather(images, rows), directionOf(tf.gather(target, rows), classifier.classes)),
    );
    return patchMaps(tokens, attention, [height, width], { target });
  });
}
