import * as tf from '@tensorflow/tfjs-core';
import type { Classifier } from '../../models/index.js';
import {
  chunkSize,
  classIndices,
  drawGrids,
  maskMaker,
  minMax,
  scoreCopies,
  sumInChunks,
  type RiseGrids,
  exactProduct,
} from '../ops/index.js';
import type { CommonOptions, Maps } from '../types.js';
import { saliencyMethod, type SetRequired } from '../method.js';
import { integer, number, share } from '../options.js';

export interface RiseOptions extends CommonOptions {
  /** Number of masks M: 4000 (the paper has 4000 for VGG, 8000 for ResNet-50). */
  masks?: number;
  /** Cells of a side of the grid, s: 7. */
  gridSize?: number;
  /** Probability that a cell is kept, p: 0.5. */
  keepProbability?: number;
  /** Of the masks: 0. */
  seed?: number;
  /** In place of `masks` from the seed: grids [M, s, s] of 0 and 1, and offsets int32 [M, 2], [row, column]. */
  grids?: RiseGrids;
}

/**
 * RISE: the mean of random masks, each weighted by the class's probability of the image seen through it. Needs no layer
 * and no gradient. Costs M queries an image. Every image gets the same masks; a mask exists at full size only while it
 * is used.
 *
 * @param images [N, H, W, C], preprocessed for the network; what is masked becomes 0
 * @returns raw [N, H, W], divided by M · p; details: `scores` [N, M] and `target` int32 [N]
 * @throws InvalidInput when an option is out of its range
 * @see Petsiuk, Das & Saenko (2018), "RISE: Randomized Input Sampling for Explanation of Black-box Models", Eq. 6
 */
export const rise = saliencyMethod(
  {
    name: 'rise',
    title: 'RISE',
    reference: 'Petsiuk, Das & Saenko (2018), RISE, BMVC, arXiv 1806.07421',
    needs: [],
    options: { masks: integer(4000), gridSize: integer(7, 2), keepProbability: share(0.5), seed: number(0) },
    cost: ({ masks }) => ({ queries: 1 + Number(masks) }),
  },
  (
    classifier: Pick<Classifier, 'logits' | 'probabilities' | 'classes'>,
    images: tf.Tensor4D,
    options: SetRequired<RiseOptions, 'masks' | 'gridSize' | 'keepProbability' | 'seed'>,
  ): Maps => {
    const { grids, gridSize, keepProbability, seed } = options;
    const masks = grids?.grids.shape[0] ?? options.masks;
    const [count, height, width] = images.shape;
    const chunk = chunkSize(options.chunk, images.shape);
    return tf.tidy(() => {
      const target = classIndices(classifier, images, options.target, chunk);
      const drawn = grids ?? drawGrids(masks, gridSize, keepProbability, [height, width], seed);
      const maskOf = maskMaker(drawn, [height, width]);
      const scores = scoreCopies(classifier, count, masks, target, chunk, (image, mask) =>
        tf.mul(tf.gather(images, image), tf.expandDims(maskOf(mask), 3)),
      );
      const [sum] = sumInChunks(masks, chunk, (numbers) => {
        const flat = tf.reshape<tf.Rank.R2>(maskOf(numbers), [-1, height * width]);
        return [exactProduct<tf.Tensor2D>(tf.gather(scores, numbers, 1), flat)];
      });
      const raw = tf.reshape<tf.Rank.R3>(tf.div(sum, masks * keepProbability), [count, height, width]);
      return { map: minMax(raw), raw, details: { scores, target } };
    });
  },
);
