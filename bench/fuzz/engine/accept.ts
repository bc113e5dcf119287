import * as tf from '@tensorflow/tfjs-core';
import type { Slot } from './ops/index.js';

/** A tensor as an operation's slot wants it. */
export function accept(x: tf.Tensor, slot: Slot): tf.Tensor {
  switch (slot) {
    case 'F':
    case 'E':
      return x.dtype === 'float32' ? x : tf.cast(x, 'float32');
    case 'I':
      return x.dtype === 'int32' ? x : tf.cast(x.dtype === 'float32' ? tf.floor(x) : x, 'int32');
    case 'B':
      return x.dtype === 'bool' ? x : tf.cast(x, 'bool');
    case 'A':
      return x;
  }
}
