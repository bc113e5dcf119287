import type * as tf from '@tensorflow/tfjs-core';
import { normalize } from '../models/index.js';
import type { EvaluationOptions } from './types.js';

/** How the batches' pixels, [N, H, W, 3], become the network's input. */
export function preparerOf({
  prepare,
  preprocessing,
}: Pick<EvaluationOptions, 'prepare' | 'preprocessing'>): (pixels: tf.Tensor4D) => tf.Tensor4D {
  return prepare ?? ((pixels) => normalize(pixels, preprocessing));
}
