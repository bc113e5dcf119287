import * as tf from '@tensorflow/tfjs-core';
import type { Classifier } from '../../models/index.js';
import { blend } from './blend.js';
import { inChunks } from './chunks.js';
import { selectClass } from './target.js';
import { upsample } from './upsample.js';

/** What scoring needs of a network. */
export type Scorer = Pick<Classifier, 'logits' | 'probabilities'>;

/** What scoring copies needs: `logits` also gets the row numbers of the images, int32 [n], that the copies are of. */
export interface CopyScorer extends Pick<Classifier, 'probabilities'> {
  logits(copies: tf.Tensor4D, images: tf.Tensor1D): tf.Tensor2D;
}

/** Images that go through the network at once where nothing else is said. */
export const defaultChunk = 32;

/**
 * The probability of each image's target class.
 *
 * @param images [N, H, W, C], preprocessed
 * @param target int32 [N]
 * @param chunk the most images in the network at once
 * @returns [N]; the caller owns it
 */
export function scoreImages(
  network: Scorer,
  images: tf.Tensor4D,
  target: tf.Tensor1D,
  chunk: number,
): tf.Tensor1D {
  return inChunks(images.shape[0], chunk, (rows) =>
    classProbability(network, tf.gather(images, rows), tf.gather(target, rows)),
  );
}

/**
 * The probability of each image's target class when all but a mask of the image is replaced by the baseline, for G
 * masks an image. The N·G masked copies are made and scored `chunk` at a time, so memory does not grow with G.
 *
 * @param images [N, H, W, C], preprocessed
 * @param baseline [N, H, W, C]
 * @param masks [N, G, h, w], in [0, 1] once upsampled to [H, W]
 * @param target int32 [N]
 * @param chunk the most masked copies held at once
 * @returns [N, G]; the caller owns it
 */
export function scoreMasked(
  network: Scorer,
  images: tf.Tensor4D,
  baseline: tf.Tensor4D,
  masks: tf.Tensor4D,
  target: tf.Tensor1D,
  chunk: number,
): tf.Tensor2D {
  const [count, height, width] = images.shape;
  const [, groups, maskHeight, maskWidth] = masks.shape;
  return tf.tidy(() => {
    const flatMasks = tf.reshape<tf.Rank.R3>(masks, [count * groups, maskHeight, maskWidth]);
    return scoreCopies(network, count, groups, target, chunk, (image, group) => {
      const rows = tf.add<tf.Tensor1D>(tf.mul(image, tf.scalar(groups, 'int32')), group);
      const mask = upsample(tf.gather(flatMasks, rows), [height, width]);
      return blend(tf.gather(images, image), tf.gather(baseline, image), mask);
    });
  });
}

/**
 * The probability of each image's target class for G altered copies of each of N images, made and scored `chunk` at a
 * time.
 *
 * @param network `logits` is the whole network, or its head where the copies are activations
 * @param target int32 [N]
 * @param chunk the most copies held at once
 * @param make from row numbers of images and numbers of copies, both int32 [n], to these copies [n, ...]
 * @returns [N, G]; the caller owns it
 */
export function scoreCopies(
  network: CopyScorer,
  count: number,
  copies: number,
  target: tf.Tensor1D,
  chunk: number,
  make: (images: tf.Tensor1D, copies: tf.Tensor1D) => tf.Tensor4D,
): tf.Tensor2D {
  return tf.tidy(() => {
    const scores = inChunks(count * copies, chunk, (rows) => {
      const image = tf.floorDiv<tf.Tensor1D>(rows, tf.scalar(copies, 'int32'));
      const copy = tf.sub<tf.Tensor1D>(rows, tf.mul(image, tf.scalar(copies, 'int32')));
      const logits = network.logits(make(image, copy), image);
      return selectClass(network.probabilities(logits), tf.gather(target, image));
    });
    return tf.reshape<tf.Rank.R2>(scores, [count, copies]);
  });
}

/**
 * What each mask adds to the baseline's score (Eq. 6), signed.
 *
 * @param scores [N, G]
 * @param baselineScores [N]
 * @returns [N, G]; the caller owns it
 */
export function gains(scores: tf.Tensor2D, baselineScores: tf.Tensor1D): tf.Tensor2D {
  return tf.tidy(() => tf.sub(scores, tf.expandDims(baselineScores, 1)));
}

function classProbability(network: Scorer, images: tf.Tensor4D, target: tf.Tensor1D): tf.Tensor1D {
  return selectClass(network.probabilities(network.logits(images)), target);
}
