import * as tf from '@tensorflow/tfjs-core';
import type { Blend } from './types.js';
import { drawn } from './cut-mix.js';
import { patches } from './rectangle.js';

/**
 * SaliencyMix (Uddin et al. 2021): the rectangle around the most salient pixel of another image is pasted, to the same
 * place. The share that stays is drawn from Beta(1, 1), and the label is mixed by what really stays. Ours differs in
 * that saliency is what the network itself finds (theirs: OpenCV's fine-grained static saliency), and that every image
 * has a share and a partner of its own.
 */
export const saliencyMixBlend: Blend = {
  summary: 'the most salient part of another image pasted, labels mixed',
  map: 'other',
  salient: 'graded',
  wantsOther: true,
  wantsNumbers: true,
  mixesLabels: true,
  make(inputs) {
    const { others, share, size } = drawn(inputs, 'saliency-mix');
    const place = tf.argMax(tf.reshape(inputs.salient, [-1, size[0] * size[1]]), 1);
    const row = tf.floor(tf.div(tf.cast(place, 'float32'), size[1]));
    const column = tf.sub(tf.cast(place, 'float32'), tf.mul(row, size[1]));
    return { kept: tf.sub(1, patches(share, { row, column }, size)), fill: others };
  },
};
