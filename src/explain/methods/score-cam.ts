import * as tf from '@tensorflow/tfjs-core';
import type { Classifier } from '../../models/index.js';
import {
  chunkSize,
  classIndicesBehind,
  gains,
  minMax,
  scoreImages,
  scoreMasked,
  spanning,
  splitInChunks,
  upsample,
  weightedSum,
} from '../ops/index.js';
import type { CommonOptions, Maps } from '../types.js';
import { saliencyMethod, type SetRequired } from '../method.js';
import { flag } from '../options.js';

export interface ScoreCamOptions extends CommonOptions {
  /**
   * Whether a channel weighs what it adds to the score of an image of zeros (the paper's increase of confidence),
   * which may be negative, and not its score as it is (the authors' code). Default false.
   */
  increase?: boolean;
}

/**
 * Score-CAM: the channels of the target layer, each weighted by the class's probability of the image seen through it.
 * Without gradients. Costs one forward pass and K queries an image (2,048 for ResNet-50). A constant channel weighs 0;
 * no softmax over the weights.
 *
 * @param images [N, H, W, C], preprocessed for the network; what is masked becomes 0
 * @returns raw [N, h, w], ≥ 0; details: `weights` [N, K] and `target` int32 [N]
 * @throws InvalidInput when an option is out of its range
 * @see Wang et al. (2020), "Score-CAM: Score-Weighted Visual Explanations for Convolutional Neural Networks", Algorithm 1
 */
export const scoreCam = saliencyMethod(
  {
    name: 'score-cam',
    title: 'Score-CAM',
    reference: 'Wang et al. (2020), Score-CAM, CVPR Workshops, arXiv 1910.01279',
    needs: ['target layer'],
    options: { increase: flag(false) },
    cost: ({ increase }, { channels }) => ({ queries: 1 + channels + (increase === true ? 1 : 0) }),
  },
  (classifier: Classifier, images: tf.Tensor4D, options: SetRequired<ScoreCamOptions, 'increase'>): Maps => {
    const { increase } = options;
    const [, height, width] = images.shape;
    const chunk = chunkSize(options.chunk, images.shape);
    return tf.tidy(() => {
      const atLayer = splitInChunks(classifier, images, chunk);
      const { activations } = atLayer;
      const target = classIndicesBehind(classifier, atLayer, options.target, chunk);
      const masks = spanning(tf.transpose(activations, [0, 3, 1, 2]), [height, width], chunk);
      const empty = tf.zerosLike(images);
      const scores = scoreMasked(classifier, images, empty, masks, target, chunk);
      const gained = increase ? gains(scores, scoreImages(classifier, empty, target, chunk)) : scores;
      const constant = tf.equal(tf.max(tf.abs(masks), [2, 3]), 0);
      const weights = tf.where(constant, tf.zerosLike(gained), gained);
      const raw = tf.relu(weightedSum(activations, weights));
      return { map: minMax(upsample(raw, [height, width])), raw, details: { weights, target } };
    });
  },
);
