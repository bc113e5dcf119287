import * as tf from '@tensorflow/tfjs-core';
import type { MapSource } from './types.js';

/** A control: nothing is salient, and that is meant. With the blend blur the whole image is blurred. */
export const noSource: MapSource = {
  summary: 'no map',
  queries: () => 0,
  passes: () => 0,
  fromNetwork: false,
  emptyIsMeant: true,
  find({ images: { shape } }) {
    const map = tf.zeros<tf.Rank.R3>([shape[0], shape[1], shape[2]]);
    return { map, mask: map };
  },
};
