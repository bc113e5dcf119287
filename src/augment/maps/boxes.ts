import * as tf from '@tensorflow/tfjs-core';
import { invalid } from '../../errors.js';
import type { MapSource } from './types.js';

/** A control: what people have drawn boxes around. An image without a box stays as it is. */
export const boxesSource: MapSource = {
  summary: 'the annotated boxes',
  queries: () => 0,
  passes: () => 0,
  needs: 'boxes',
  fromNetwork: false,
  find({ boxes }) {
    if (!boxes) throw invalid('boxes', 'a mask of boxes for each image where stage.method is boxes', boxes);
    const map = tf.cast<tf.Tensor3D>(boxes, 'float32');
    return { map, mask: map };
  },
};
