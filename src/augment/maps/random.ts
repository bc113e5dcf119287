import * as tf from '@tensorflow/tfjs-core';
import { invalid } from '../../errors.js';
import { upsample } from '../../explain/index.js';
import { binaryMask } from '../binary-mask.js';
import type { MapSource } from './types.js';
import { lafamSource } from './lafam.js';

/**
 * A control: independent uniform numbers at the resolution of the target layer's map, brought to the image's size as
 * that map is. The mask holds the highest of them, exactly as many pixels as the image's own LaFAM mask; an empty LaFAM
 * mask gives an empty one. It is as coarse as the network's own but falls into more pieces, as neighboring positions
 * of a network's map resemble each other.
 */
export const randomSource: MapSource = {
  summary: 'random, as large as the LaFAM mask',
  queries: () => 0,
  passes: ({ scoringScale }) => scoringScale ** 2,
  needs: 'field',
  fromNetwork: false,
  find(inputs) {
    const { field, images, options } = inputs;
    if (!field) throw invalid('randomInputs.field', 'random numbers for stage.method random', field);
    const own = binaryMask(lafamSource.find(inputs).map, options.threshold);
    const map = upsample(field, [images.shape[1], images.shape[2]]);
    return { map, mask: highest(map, tf.sum(own, [1, 2])) };
  },
};

/**
 * The given number of highest values of each map; where values tie, the first of them.
 *
 * @param maps [n, H, W], float32
 * @param counts [n], whole numbers
 * @returns [n, H, W], float32: 1 for them, 0 for the others; the caller owns it
 */
export function highest(maps: tf.Tensor3D, counts: tf.Tensor): tf.Tensor3D {
  const [images, height, width] = maps.shape;
  const size = height * width;
  return tf.tidy(() => {
    const { indices } = tf.topk(tf.reshape(maps, [images, size]), size, true);
    const first = tf.range(0, images * size, size, 'int32');
    const places = tf.add(indices, tf.expandDims(first, 1));
    const chosen = tf.less(tf.range(0, size), tf.expandDims(counts, 1));
    const mask = tf.scatterND(tf.reshape(places, [-1, 1]), tf.reshape(tf.cast(chosen, 'float32'), [-1]), [
      images * size,
    ]);
    return tf.reshape(mask, maps.shape);
  });
}
