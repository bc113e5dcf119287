import * as tf from '@tensorflow/tfjs-core';
import { eigenCam, resized, upsample } from '../../explain/index.js';
import type { MapSource } from './types.js';

/**
 * Eigen-CAM (Muhammad & Yeasin 2020): what of the target layer's activations lies along their first principal component.
 * Class-agnostic as LaFAM, at the same price; what varies most over the image stands out from what is bright everywhere.
 */
export const eigenCamSource: MapSource = {
  summary: 'Eigen-CAM, the first principal component of the activations',
  queries: () => 0,
  passes: ({ scoringScale }) => scoringScale ** 2,
  fromNetwork: true,
  find({ classifier, images, options }) {
    const [, height, width] = images.shape;
    const { chunk, scoringScale } = options;
    const { raw } = eigenCam(classifier, resized(images, scoringScale), { chunk });
    return { map: upsample(tf.relu(raw), [height, width]) };
  },
};
