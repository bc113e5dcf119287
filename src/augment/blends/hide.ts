import * as tf from '@tensorflow/tfjs-core';
import type { Blend } from './types.js';

/**
 * What is salient is set to zero, which behind the usual preprocessing is the mean color; the rest stays (MaskTune,
 * Asgari et al. 2022: the network has to find other evidence).
 */
export const hideBlend: Blend = {
  summary: 'inside hidden',
  map: 'own',
  salient: 'cut',
  wantsOther: false,
  wantsNumbers: false,
  mixesLabels: false,
  make: ({ images, salient }) => ({
    kept: tf.sub(1, salient),
    fill: tf.zeros([images.shape[0], 1, 1, images.shape[3]]),
  }),
};
