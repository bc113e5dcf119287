import * as tf from '@tensorflow/tfjs-core';
import { classTokenMaps, type Attending } from '../ops/index.js';
import type { CommonOptions, Maps } from '../types.js';
import { saliencyMethod } from '../method.js';
import { integer } from '../options.js';

export interface LeGradOptions extends CommonOptions {
  /** Blocks that count, from the last on: all. */
  blocks?: number | null;
}

/**
 * LeGrad: how much more of the class the tokens behind each block would show if a patch were attended to more. Each
 * block has a score of its own, the class's logit that the network's end gives the mean of its tokens; the gradients with
 * respect to its attention, where above 0, are averaged over heads, tokens that attend, and blocks. Only for vision
 * transformers. Costs one pass forward and about one back an image.
 *
 * @param images [N, H, W, C], preprocessed for the network
 * @returns raw [N, h, w], ≥ 0; details: `target` int32 [N]
 * @throws InvalidInput where the network has no attention between all patches, or an option is out of its range
 * @see Bousselham et al. (2024), "LeGrad: An Explainability Method for Vision Transformers via Feature Formation
 *   Sensitivity"
 */
export const legrad = saliencyMethod(
  {
    name: 'legrad',
    title: 'LeGrad',
    reference: 'Bousselham et al. (2024), LeGrad, arXiv 2404.03214',
    needs: ['attention'],
    options: { blocks: integer(null) },
    cost: () => ({ queries: 1, gradients: 1 }),
  },
  (classifier: Attending, images: tf.Tensor4D, options: LeGradOptions): Maps =>
    classTokenMaps('legrad', classifier, images, options, (attention, some, direction) => {
      const gradients = attention.ownGradients(some, direction, options.blocks ?? attention.blocks);
      const each = gradients.map((gradient) => tf.mean<tf.Tensor2D>(tf.relu(gradient), [1, 2]));
      return tf.div<tf.Tensor2D>(tf.addN(each), each.length);
    }),
);
