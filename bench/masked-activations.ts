import * as tf from '@tensorflow/tfjs-core';
import { binaryMask, type Staged, type StageOptions } from '../src/augment/index.js';
import {
  gaussianBlur,
  groupMasks,
  groupSizes,
  maskGains,
  type Scorer,
  upsample,
} from '../src/explain/index.js';
import type { Classifier } from '../src/models/index.js';

/**
 * A cut of the stage's queries that is not in the product: masks are laid on the activations of an earlier layer, of
 * the image inside and of its blurred copy outside, and only the network behind that layer is asked again.
 *
 * @param network the target layer, where the masks come from
 * @param early the same network, split at the layer that is masked
 * @param images [N, H, W, C], preprocessed
 * @param labels int32 [N]
 */
export function maskOfMaskedActivations(
  network: Classifier,
  early: Classifier,
  images: tf.Tensor4D,
  labels: tf.Tensor1D,
  { groups, blur, chunk, threshold }: StageOptions,
): Pick<Staged, 'mask' | 'zero'> {
  const [count, height, width] = images.shape;
  return tf.tidy(() => {
    const activations = network.activations(images);
    const masks = groupMasks(activations, null, groupSizes(activations.shape[3], groups, 'even'), {
      theta: null,
      order: 'normalize-first',
      size: [height, width],
      chunk,
    });
    const behind: Scorer = {
      logits: (masked) => early.head(masked),
      probabilities: (logits) => early.probabilities(logits),
    };
    const [inside, outside] = [early.activations(images), early.activations(gaussianBlur(images, blur))];
    const { alpha } = maskGains(behind, inside, outside, masks, labels, chunk);
    const weights = tf.reshape(alpha, [count, groups, 1, 1]);
    const map = tf.relu(upsample(tf.sum<tf.Tensor3D>(tf.mul(masks, weights), 1), [height, width]));
    const mask = binaryMask(map, threshold);
    return { mask, zero: tf.equal<tf.Tensor1D>(tf.max(mask, [1, 2]), 0) };
  });
}
