import * as tf from '@tensorflow/tfjs-core';
import type { Mixed, Staged } from '../../augment/index.js';
import { crossEntropy, divergence, imageWeights, mixedCrossEntropy } from './loss.js';
import { type MixDraws, mixImages } from './mix.js';

/** What the network is trained on, and how it is measured. */
export interface Objective {
  /** [N + n, H, W, C] with consistency: all images as they are, then the staged ones; else [N, H, W, C]. */
  images: tf.Tensor4D;
  /** Logits of `images` → the logits [N, classes] of the N images that the label is asked of. */
  labeled(logits: tf.Tensor2D): tf.Tensor2D;
  /** int32 [N]: the class of each of the N images, where labels are mixed the one with the larger share. */
  labels: tf.Tensor1D;
  /** What the N images count together, which the sum of the losses is divided by: N, where no class has a weight. */
  weight: tf.Scalar;
  /** Logits of `images` → the loss, summed over the N images. Records gradients. */
  loss(logits: tf.Tensor2D): tf.Scalar;
}

export interface ObjectiveOptions {
  labelSmoothing: number;
  consistency: number;
  /** What each class counts in the loss; default: all the same. */
  classWeights?: readonly number[] | null;
}

/**
 * The objective of a batch that went through the stage, or did not.
 *
 * Without consistency: cross entropy of the staged images, with mixed labels where the stage mixed them. With it: cross
 * entropy of the images as they are, and for the staged ones `consistency` times the divergence of what the network
 * says of them from what it says of the same images as they are. All go through the network at once, so a batch norm
 * sees both.
 *
 * Where images are mixed in pairs, that happens to what the stage left, and the label is mixed in the same way; neither
 * with consistency nor with a stage that mixes labels itself.
 *
 * @param images [N, H, W, C], as they are
 * @param labels int32 [N]
 * @param some what the stage made of the chosen images (int32 [n]); null for none
 * @param mixing what is drawn for mixup and CutMix; null for neither
 */
export function objective(
  images: tf.Tensor4D,
  labels: tf.Tensor1D,
  some: { staged: Staged; chosen: tf.Tensor1D } | null,
  { labelSmoothing, consistency, classWeights }: ObjectiveOptions,
  mixing: MixDraws | null = null,
): Objective {
  const weights = classWeights ? tf.tensor1d([...classWeights]) : undefined;
  if (!some || consistency === 0) {
    const staged: { images: tf.Tensor4D; mixed?: Mixed } = some?.staged ?? { images };
    const { images: seen, mixed } = mixing ? mixImages(staged.images, mixing) : staged;
    return {
      weight: tf.sum(imageWeights(labels, mixed, weights)),
      images: seen,
      labels: mixed ? tf.where(tf.greaterEqual(mixed.share, 0.5), labels, tf.gather(labels, mixed.partner)) : labels, // prettier-ignore
      labeled: (logits) => logits,
      loss: (logits) =>
        tf.sum(
          mixed
            ? mixedCrossEntropy(logits, labels, mixed, labelSmoothing, weights)
            : crossEntropy(logits, labels, labelSmoothing, weights),
        ),
    };
  }
  const { staged, chosen } = some;
  const counted = imageWeights(labels, undefined, weights);
  const sizes = [images.shape[0], chosen.shape[0]];
  return {
    weight: tf.sum(counted),
    labels,
    images: tf.concat([images, tf.gather(staged.images, chosen)]),
    labeled: (logits) => tf.slice(logits, [0, 0], [sizes[0]!, -1]),
    loss: (logits) => {
      const [clean, altered] = tf.split(logits, sizes) as [tf.Tensor2D, tf.Tensor2D];
      const agreement = tf.sum(
        tf.mul(divergence(tf.gather(clean, chosen), altered), tf.gather(counted, chosen)),
      );
      return tf.add(
        tf.sum(crossEntropy(clean, labels, labelSmoothing, weights)),
        tf.mul(agreement, consistency),
      );
    },
  };
}
