import * as tf from '@tensorflow/tfjs-core';
import { invalid } from '../../errors.js';
import type { MapSource } from './types.js';
import { eigenCamSource } from './eigen-cam.js';

/**
 * A control: the image's own Eigen-CAM map, moved to a random place; what leaves at one side comes in at the other. Its
 * mask has the area of the image's own and, but for what the border cuts, its pieces.
 */
export const eigenShiftedSource: MapSource = {
  ...eigenCamSource,
  summary: 'Eigen-CAM, moved to a random place',
  needs: 'shift',
  fromNetwork: false,
  find(inputs) {
    if (!inputs.shift)
      throw invalid('randomInputs.shift', 'random numbers for stage.method eigen-shifted', inputs.shift);
    return { map: moved(eigenCamSource.find(inputs).map, inputs.shift) };
  },
};

/**
 * Maps moved round, each by its own share of height and width.
 *
 * @param maps [n, H, W], float32
 * @param shift [n, 2], in [0, 1): down and to the right
 * @returns [n, H, W]; the caller owns it
 */
export function moved(maps: tf.Tensor3D, shift: tf.Tensor2D): tf.Tensor3D {
  const [images, height, width] = maps.shape;
  return tf.tidy(() => {
    const [down, right] = tf.unstack(shift, 1) as [tf.Tensor1D, tf.Tensor1D];
    const rows = movedRange(height, down);
    const columns = movedRange(width, right);
    const first = tf.reshape(tf.range(0, images * height * width, height * width, 'int32'), [images, 1, 1]);
    const inRow = tf.add(tf.mul(tf.expandDims(rows, 2), tf.scalar(width, 'int32')), first);
    const places = tf.add(inRow, tf.expandDims(columns, 1));
    const flat = tf.reshape(maps, [images * height * width]);
    return tf.gather<tf.Tensor>(flat, tf.cast(places, 'int32')) as tf.Tensor3D;
  });
}

/** int32 [n, length]: where each place's value comes from. */
function movedRange(length: number, shift: tf.Tensor1D): tf.Tensor2D {
  const steps = tf.cast(tf.floor(tf.mul(shift, length)), 'int32');
  const from = tf.sub(tf.add(tf.range(0, length, 1, 'int32'), length), tf.expandDims(steps, 1));
  return tf.cast(tf.mod(from, length), 'int32') as tf.Tensor2D;
}
