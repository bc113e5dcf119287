import * as tf from '@tensorflow/tfjs-core';
import { blurBlend } from './blur.js';
import type { Blend } from './types.js';

/** A control: what is salient is blurred, the rest stays. */
export const inverseBlend: Blend = {
  ...blurBlend,
  summary: 'inside blurred',
  make(inputs) {
    const { kept, fill } = blurBlend.make(inputs);
    return { kept: tf.sub(1, kept), fill };
  },
};
