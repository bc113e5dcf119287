import * as tf from '@tensorflow/tfjs-core';
import type { Classifier } from '../../models/index.js';
import {
  chunkSize,
  logitsBehind,
  minMax,
  quotient,
  rowsOf,
  scoreCopies,
  selectClass,
  splitInChunks,
  targetIndices,
  upsample,
  weightedSum,
} from '../ops/index.js';
import type { CommonOptions, Maps } from '../types.js';
import { saliencyMethod } from '../method.js';

/**
 * Ablation-CAM: the channels of the target layer, each weighted by how much of the class's logit is lost without it,
 * (y − y_k) / |y|. The paper divides by y itself, which is the same map where the class's logit is above 0; where it is
 * below 0, that would weigh most the channels that speak against the class.
 * Without gradients. Costs one forward pass and K passes through the head an image: no query to the whole network.
 *
 * @param images [N, H, W, C], preprocessed for the network
 * @returns raw [N, h, w], ≥ 0; details: `weights` [N, K] and `target` int32 [N]
 * @throws InvalidInput when an option is out of its range
 * @see Desai & Ramaswamy (2020), "Ablation-CAM: Visual Explanations for Deep Convolutional Network via Gradient-free
 *   Localization", Eq. 4 and 5
 */
export const ablationCam = saliencyMethod(
  {
    name: 'ablation-cam',
    title: 'Ablation-CAM',
    reference: 'Desai & Ramaswamy (2020), Ablation-CAM, WACV',
    needs: ['target layer'],
    options: {},
    cost: (_, { channels }) => ({ queries: 1, heads: channels + 1 }),
  },
  (
    classifier: Pick<Classifier, 'activations' | 'head' | 'classes' | 'bypassed' | 'split'>,
    images: tf.Tensor4D,
    options: CommonOptions,
  ): Maps => {
    const [count, height, width] = images.shape;
    const chunk = chunkSize(options.chunk, images.shape);
    return tf.tidy(() => {
      const atLayer = splitInChunks(classifier, images, chunk);
      const { activations, bypass } = atLayer;
      const channels = activations.shape[3];
      const logits = logitsBehind(classifier, atLayer, chunk);
      const target = targetIndices(options.target ?? 'predicted', count, classifier.classes, () => logits);
      const head = {
        logits: (copies: tf.Tensor4D, rows: tf.Tensor1D) => classifier.head(copies, rowsOf(bypass, rows)),
        probabilities: (scores: tf.Tensor2D) => scores,
      };
      const numbers = tf.range(0, channels, 1, 'int32');
      const without = scoreCopies(head, count, channels, target, chunk, (image, channel) => {
        const kept = tf.cast(tf.notEqual(tf.expandDims(channel, 1), numbers), 'float32');
        return tf.mul(tf.gather(activations, image), tf.reshape(kept, [-1, 1, 1, channels]));
      });
      const whole = tf.expandDims(selectClass(logits, target), 1);
      const weights = quotient<tf.Tensor2D>(tf.sub(whole, without), tf.abs(whole));
      const raw = tf.relu(weightedSum(activations, weights));
      return { map: minMax(upsample(raw, [height, width])), raw, details: { weights, target } };
    });
  },
);
