import * as tf from '@tensorflow/tfjs-core';
import type { Classifier } from '../../models/index.js';
import {
  chunkSize,
  classIndicesBehind,
  minMax,
  rowsOf,
  scoreCopies,
  splitInChunks,
  upsample,
} from '../ops/index.js';
import type { CommonOptions, Maps } from '../types.js';
import { saliencyMethod } from '../method.js';

/**
 * Recipro-CAM: for each position of the target layer the class's probability when all other positions are 0. Without
 * gradients. Costs one forward pass and h · w passes through the head an image (49 for ResNet-50 at 224 px): no query
 * to the whole network.
 *
 * @param images [N, H, W, C], preprocessed for the network
 * @returns raw [N, h, w], ≥ 0; details: `target` int32 [N]
 * @throws InvalidInput when an option is out of its range
 * @see Byun & Lee (2022), "Recipro-CAM: Fast gradient-free visual explanations for convolutional neural networks"
 */
export const reciproCam = saliencyMethod(
  {
    name: 'recipro-cam',
    title: 'Recipro-CAM',
    reference: 'Byun & Lee (2022), Recipro-CAM, arXiv 2209.14074',
    needs: ['target layer'],
    options: {},
    cost: (_, { positions }) => ({ queries: 1, heads: positions }),
  },
  (
    classifier: Pick<Classifier, 'activations' | 'head' | 'probabilities' | 'classes' | 'bypassed' | 'split'>,
    images: tf.Tensor4D,
    options: CommonOptions,
  ): Maps => {
    const [count, height, width] = images.shape;
    const chunk = chunkSize(options.chunk, images.shape);
    return tf.tidy(() => {
      const atLayer = splitInChunks(classifier, images, chunk);
      const { activations, bypass } = atLayer;
      const [, rows, columns] = activations.shape;
      const target = classIndicesBehind(classifier, atLayer, options.target, chunk);
      const head = {
        logits: (copies: tf.Tensor4D, rows: tf.Tensor1D) => classifier.head(copies, rowsOf(bypass, rows)),
        probabilities: classifier.probabilities,
      };
      const places = tf.range(0, rows * columns, 1, 'int32');
      const scores = scoreCopies(head, count, rows * columns, target, chunk, (image, position) => {
        const here = tf.cast(tf.equal(tf.expandDims(position, 1), places), 'float32');
        return tf.mul(tf.gather(activations, image), tf.reshape(here, [-1, rows, columns, 1]));
      });
      const raw = tf.reshape<tf.Rank.R3>(scores, [count, rows, columns]);
      return { map: minMax(upsample(raw, [height, width])), raw, details: { target } };
    });
  },
);
