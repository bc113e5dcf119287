import * as tf from '@tensorflow/tfjs-core';
import type { Classifier } from '../../models/index.js';
import { activationsInChunks, chunkSize, minMax, upsample } from '../ops/index.js';
import type { CommonOptions, Maps } from '../types.js';
import { saliencyMethod } from '../method.js';

/**
 * LaFAM: the mean of the target layer's activations over its channels.
 * Needs no class, no gradient and no query.
 *
 * @param classifier network whose target layer has activations [N, h, w, K]
 * @param images [N, H, W, C], preprocessed for the network
 * @returns raw [N, h, w]
 * @throws InvalidInput when chunk is not an integer from 1
 * @see Karjauv & Albayrak (2024), "LaFAM: Unsupervised Feature Attribution with Label-free Activation Maps"
 */
export const lafam = saliencyMethod(
  {
    name: 'lafam',
    title: 'LaFAM',
    reference: 'Karjauv & Albayrak (2024), LaFAM, arXiv 2407.06059',
    needs: ['target layer'],
    classSpecific: false,
    options: {},
    cost: () => ({ queries: 1 }),
  },
  (
    classifier: Pick<Classifier, 'activations'>,
    images: tf.Tensor4D,
    options: Pick<CommonOptions, 'chunk'>,
  ): Maps => {
    const [, height, width] = images.shape;
    const chunk = chunkSize(options.chunk, images.shape);
    return tf.tidy(() => {
      const raw = tf.mean<tf.Tensor3D>(activationsInChunks(classifier, images, chunk), 3);
      return { map: minMax(upsample(raw, [height, width])), raw, details: {} };
    });
  },
);
