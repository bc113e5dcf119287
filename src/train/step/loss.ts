import * as tf from '@tensorflow/tfjs-core';
import type { Mixed } from '../../augment/index.js';

/**
 * Cross entropy of each image, with the label smoothed as in Szegedy et al. (2016): the true class gets
 * 1 − smoothing + smoothing / classes, every other one smoothing / classes.
 *
 * @param logits [N, classes]
 * @param labels int32 [N]
 * @param smoothing in [0, 1)
 * @param weights [classes] what each class's share of the label counts, as in PyTorch; default: 1
 * @returns [N]; the caller owns it
 */
export function crossEntropy(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  smoothing = 0,
  weights?: tf.Tensor1D,
): tf.Tensor1D {
  return tf.tidy(() => {
    const classes = logits.shape[1];
    const share = smoothing / classes;
    const wanted = tf.oneHot(labels, classes, 1 - smoothing + share, share, 'float32');
    const weighted = weights ? tf.mul(wanted, weights) : wanted;
    return tf.neg(tf.sum<tf.Tensor1D>(tf.mul(weighted, tf.logSoftmax(logits)), 1));
  });
}

/**
 * Cross entropy of each image with two labels: `share` of its own, the rest of its partner's (Yun et al. 2019).
 * The same as with one soft label, since the loss is linear in it; smoothing applies to both.
 *
 * @param logits [N, classes]
 * @param labels int32 [N]
 * @param mixed partner int32 [N], indices of images; share float32 [N], in [0, 1]
 * @returns [N]; the caller owns it
 */
export function mixedCrossEntropy(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  { partner, share }: Mixed,
  smoothing = 0,
  weights?: tf.Tensor1D,
): tf.Tensor1D {
  return tf.tidy(() => {
    const own = crossEntropy(logits, labels, smoothing, weights);
    const other = crossEntropy(logits, tf.gather(labels, partner), smoothing, weights);
    return mixedShares(own, other, share);
  });
}

/**
 * What the images of a batch count: 1 each, or the weights of their classes, mixed as their labels are. The loss of the
 * batch is the sum of the losses over the sum of these, as with `weight` of CrossEntropyLoss in PyTorch.
 *
 * @returns float32 [N]; the caller owns it
 */
export function imageWeights(labels: tf.Tensor1D, mixed?: Mixed, weights?: tf.Tensor1D): tf.Tensor1D {
  return tf.tidy(() => {
    if (!weights) return tf.ones<tf.Rank.R1>([labels.shape[0]]);
    const own = tf.gather(weights, labels);
    return mixed ? mixedShares(own, tf.gather(own, mixed.partner), mixed.share) : own;
  });
}

function mixedShares(own: tf.Tensor1D, other: tf.Tensor1D, share: tf.Tensor1D): tf.Tensor1D {
  return tf.add(tf.mul(own, share), tf.mul(other, tf.sub(1, share)));
}

/**
 * How far predictions of altered images are from those of the images as they are: the Kullback-Leibler divergence of
 * each, in nats. The first count as given: no gradient flows into them (Miyato et al. 2018, "Virtual Adversarial
 * Training").
 *
 * @param clean logits [n, classes] of the images as they are
 * @param altered logits [n, classes]
 * @returns [n], 0 or more beside rounding; the caller owns it
 */
export function divergence(clean: tf.Tensor2D, altered: tf.Tensor2D): tf.Tensor1D {
  return tf.tidy(() => {
    const wanted = tf.logSoftmax(asGiven(clean));
    const distance = tf.sub(wanted, tf.logSoftmax(altered));
    return tf.sum<tf.Tensor1D>(tf.mul(tf.exp(wanted), distance), 1);
  });
}

/** The same values, through which no gradient flows. */
function asGiven<T extends tf.Tensor>(x: T): T {
  const stopped = tf.customGrad((value) => ({
    value: (value as tf.Tensor).clone(),
    gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy),
  }));
  return stopped(x) as T;
}

/**
 * How many images have their label among the k highest logits. A tie counts for the label; a logit that is not a
 * number counts against it.
 *
 * @param logits [N, classes]
 * @param labels int32 [N]
 * @returns scalar; the caller owns it
 */
export function correctWithin(logits: tf.Tensor2D, labels: tf.Tensor1D, k: number): tf.Scalar {
  return tf.tidy(() => {
    const isLabel = tf.cast(tf.oneHot(labels, logits.shape[1]), 'bool');
    const own = tf.sum(tf.where(isLabel, logits, tf.zerosLike(logits)), 1, true);
    const reached = tf.greaterEqual(own, logits);
    const above = tf.sum(tf.cast(tf.logicalNot(reached), 'int32'), 1);
    return tf.sum<tf.Scalar>(tf.cast(tf.logicalAnd(tf.less(above, k), tf.any(reached, 1)), 'float32'));
  });
}
