import * as tf from '@tensorflow/tfjs-core';
import { invalid } from '../../errors.js';
import { random } from '../../random.js';
import type { Maps } from '../types.js';
import { minMax, upsample } from '../ops/index.js';
import { saliencyMethod, type SetRequired } from '../method.js';
import { checkedByMethod, integer } from '../options.js';

export interface RandomMapOptions {
  /** Cells of a side: 7, the target layer of ResNet-50 at 224 px. */
  gridSize?: number;
  /** One for all images, or one for each; give each its own where maps of several images are averaged. Default 0. */
  seed?: number | number[];
}

/**
 * A control: uniform random numbers on a coarse grid, smooth as a map of the target layer would be. Looks at neither
 * image nor network and costs nothing; a method that does not beat it has said nothing.
 *
 * @param images [N, H, W, C]; only the shape is used
 * @returns raw [N, gridSize, gridSize], in [0, 1)
 * @throws InvalidInput when an option is out of its range
 */
export const randomMap = saliencyMethod(
  {
    name: 'random',
    title: 'Random map',
    reference: 'a control: a coarse random map',
    needs: [],
    classSpecific: false,
    options: { gridSize: integer(7), seed: checkedByMethod(0) },
    cost: () => ({}),
  },
  (_: unknown, images: tf.Tensor4D, options: SetRequired<RandomMapOptions, 'gridSize' | 'seed'>): Maps => {
    const { gridSize, seed } = options;
    const [count, height, width] = images.shape;
    const seeds = typeof seed === 'number' ? new Array<number>(count).fill(seed) : seed;
    if (seeds.length !== count || !seeds.every(Number.isFinite)) {
      throw invalid('seed', `a number, or one for each of ${count} images`, seed);
    }
    return tf.tidy(() => {
      const values = seeds.flatMap((one) => {
        const next = random(one);
        return Array.from({ length: gridSize * gridSize }, () => next());
      });
      const raw = tf.tensor3d(values, [count, gridSize, gridSize]);
      return { map: minMax(upsample(raw, [height, width])), raw, details: {} };
    });
  },
);
