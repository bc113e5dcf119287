import * as tf from '@tensorflow/tfjs-core';
import { invalid } from '../../errors.js';
import type { Blend, BlendInputs } from './types.js';
import { patches } from './rectangle.js';

/**
 * CutMix (Yun et al. 2019): a rectangle at a random place shows another image of the batch, from the same place there.
 * The share that stays is drawn from Beta(1, 1), and the label is mixed by what really stays. Ours differs in that every
 * image has a share and a place of its own (the published code draws one for a batch).
 */
export const cutMixBlend: Blend = {
  summary: 'a random part shows another image, labels mixed',
  map: 'none',
  salient: 'cut',
  wantsOther: true,
  wantsNumbers: true,
  mixesLabels: true,
  make(inputs) {
    const { others, share, x, y, size } = drawn(inputs, 'cut-mix');
    const center = { row: tf.floor(tf.mul(y, size[0])), column: tf.floor(tf.mul(x, size[1])) };
    return { kept: tf.sub(1, patches(share, center, size)), fill: others };
  },
};

/**
 * What a blend that pastes from another image draws.
 *
 * @throws InvalidInput when the other images or the random numbers are missing
 */
export function drawn({ images, others, numbers }: BlendInputs, name: string) {
  if (!others)
    throw invalid('randomInputs.partner', `another image for each where stage.blend is ${name}`, others);
  if (!numbers) throw invalid('randomInputs.numbers', `random numbers where stage.blend is ${name}`, numbers);
  const [share, x, y] = tf.unstack(numbers, 1) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const size: [number, number] = [images.shape[1], images.shape[2]];
  return { others, share, x, y, size };
}
