import * as tf from '@tensorflow/tfjs-core';
import type { Batch } from '../../data/index.js';
import type { Ranks } from '../../tensorflow/index.js';
import type { Objective } from './objective.js';

/**
 * The objective of a process's share of a batch, which counts nothing where the share has no image and something else
 * stands in for it.
 *
 * @param own [3]: images of the share, and what else all processes are told
 */
export function counted(aim: Objective, own: tf.Tensor1D): Objective {
  const present = presence(own);
  return {
    ...aim,
    weight: tf.mul(aim.weight, present),
    loss: (logits) => tf.mul(aim.loss(logits), present),
  };
}

/**
 * What the processes sum up: the figures of a share, or zeros where it has no image, and what it tells beside them.
 *
 * @param figures [n]
 * @param own [3]
 * @returns [n + 3]; the caller owns it
 */
export function tally(figures: tf.Tensor1D, own: tf.Tensor1D): tf.Tensor1D {
  return tf.tidy(() => tf.concat([tf.mul<tf.Tensor1D>(figures, presence(own)), own]));
}

/**
 * The ranks as synchronized batch norms see them: what stands in for a share without images adds nothing to statistics,
 * nor to what hangs on them.
 */
export function counting(ranks: Ranks, own: tf.Tensor1D): Ranks {
  const present = (tensor: tf.Tensor): tf.Tensor => tf.mul(tensor, presence(own));
  return {
    ...ranks,
    // What they stack holds the number of values; it is zero with the rest.
    stack: (tensor) => ranks.stack(present(tensor)),
    // And gradients come down to it from the norms above.
    sum: (tensors, options) => ranks.sum(tensors.map(present), options),
  };
}

/** One black image in place of none: every process must take part in what all compute together. */
export function blankBatch(batch: Batch): Batch {
  const [, height, width, channels] = batch.shape;
  return {
    ...batch,
    pixels: new Uint8Array(height * width * channels),
    shape: [1, height, width, channels],
    labels: new Int32Array(1),
    places: new Int32Array(1),
  };
}

/** 1 where the share has an image, else 0. */
export function presence(own: tf.Tensor1D): tf.Scalar {
  return tf.reshape(tf.minimum(tf.slice(own, 0, 1), 1), []);
}
