import * as tf from '@tensorflow/tfjs-core';
import { inFloat32 } from '../../tensorflow/index.js';

/**
 * tf.matMul in float32 also where a network around it is compiled in 16 bits: the weights of a blur, sums over channels
 * and powers of a matrix are arithmetic on maps, not a layer, and rounding would show in the map.
 */
export function exactProduct<T extends tf.Tensor = tf.Tensor>(...args: Parameters<typeof tf.matMul>): T {
  return inFloat32(() => tf.matMul<T>(...args));
}
