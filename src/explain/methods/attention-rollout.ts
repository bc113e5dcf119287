import * as tf from '@tensorflow/tfjs-core';
import {
  attentionIn,
  chunkSize,
  inChunks,
  patchMaps,
  reading,
  rollOut,
  type Attending,
} from '../ops/index.js';
import type { CommonOptions, Maps } from '../types.js';
import { saliencyMethod } from '../method.js';

/**
 * Attention rollout: through which patches the class token has got what it holds, if each block's attention (the mean of
 * its heads) and the token itself count half each. Knows no class: the control for what uses gradients. Only for vision
 * transformers. Costs one forward pass an image.
 *
 * @param images [N, H, W, C], preprocessed for the network
 * @returns raw [N, h, w], ≥ 0; of all tokens together 1
 * @throws InvalidInput where the network has no attention between all patches, or chunk is not an integer from 1
 * @see Abnar & Zuidema (2020), "Quantifying Attention Flow in Transformers", Eq. 1
 */
export const attentionRollout = saliencyMethod(
  {
    name: 'attention-rollout',
    title: 'Attention rollout',
    reference: 'Abnar & Zuidema (2020), Attention flow, ACL, arXiv 2005.00928',
    needs: ['attention'],
    classSpecific: false,
    options: {},
    cost: () => ({ queries: 1 }),
  },
  (classifier: Attending, images: tf.Tensor4D, options: Pick<CommonOptions, 'chunk'>): Maps => {
    const [count, height, width] = images.shape;
    const chunk = chunkSize(options.chunk, images.shape, 'backward');
    const attention = attentionIn(classifier, 'attention-rollout');
    return tf.tidy(() => {
      const tokens = inChunks(count, chunk, (rows) => {
        const heads = attention.probabilities(tf.gather(images, rows));
        const means = heads.map((each) => tf.mean<tf.Tensor3D>(each, 1));
        return rollOut(reading(attention, rows.shape[0]), means, (row, attended) =>
          tf.mul(tf.add(row, attended), 0.5),
        );
      });
      return patchMaps(tokens, attention, [height, width], {});
    });
  },
);
