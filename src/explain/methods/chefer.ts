import * as tf from '@tensorflow/tfjs-core';
import { classTokenMaps, reading, rollOut, type Attending } from '../ops/index.js';
import type { CommonOptions, Maps } from '../types.js';
import { saliencyMethod } from '../method.js';

/**
 * The relevance of Chefer et al. in its generic form (ICCV 2021): each block's attention times its gradient of the
 * class's logit, what of it is above 0, averaged over the heads; relevance R ← R + that · R from block to block, and of
 * it what the class token got. The form of their CVPR paper of the same year, with layer-wise relevance in place of the
 * attention, is another. Only for vision transformers. Costs one pass forward and back an image.
 *
 * @param images [N, H, W, C], preprocessed for the network
 * @returns raw [N, h, w], ≥ 0; details: `target` int32 [N]
 * @throws InvalidInput where the network has no attention between all patches, or an option is out of its range
 * @see Chefer, Gur & Wolf (2021), "Generic Attention-model Explainability for Interpreting Bi-Modal and Encoder-Decoder
 *   Transformers", Eq. 5 and 6
 */
export const chefer = saliencyMethod(
  {
    name: 'chefer',
    title: 'Relevance of Chefer et al.',
    reference: 'Chefer, Gur & Wolf (2021), Generic attention explainability, ICCV, arXiv 2103.15679',
    needs: ['attention'],
    options: {},
    cost: () => ({ queries: 1, gradients: 1 }),
  },
  (classifier: Attending, images: tf.Tensor4D, options: CommonOptions): Maps =>
    classTokenMaps('chefer', classifier, images, options, (attention, some, direction) => {
      const { probabilities, gradients } = attention.gradients(some, direction);
      const relevance = probabilities.map((each, block) =>
        tf.mean<tf.Tensor3D>(tf.relu(tf.mul(each, gradients[block]!)), 1),
      );
      return rollOut(reading(attention, some.shape[0]), relevance, (row, attended) => tf.add(row, attended));
    }),
);
