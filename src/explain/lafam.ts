import * as tf from '@tensorflow/tfjs-core';
import type { Classifier } from '../models/index.js';
import type { Maps } from './contract.js';
import { minMax } from './min-max.js';
import { upsample } from './upsample.js';

/**
 * LaFAM: the mean of the target layer's activations over its channels.
 * Needs no class, no gradient and no query.
 *
 * @param classifier network whose target layer has activations [N, h, w, K]
 * @param images [N, H, W, C], preprocessed for the network
 * @returns raw [N, h, w]
 * @see Karjauv & Albayrak (2024), "LaFAM: Unsupervised Feature Attribution with Label-free Activation Maps"
 */
export function lafam(classifier: Pick<Classifier, 'activations'>, images: tf.Tensor4D): Maps {
  const [, height, width] = images.shape;
  return tf.tidy(() => {
    const raw = tf.mean<tf.Tensor3D>(classifier.activations(images), 3);
    return { map: minMax(upsample(raw, [height, width])), raw, details: {} };
  });
}
