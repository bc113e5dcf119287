import * as tf from '@tensorflow/tfjs-core';

/**
 * Cross entropy of each image, with the label smoothed as in Szegedy et al. (2016): the true class gets
 * 1 − smoothing + smoothing / classes, every other one smoothing / classes.
 *
 * @param logits [N, classes]
 * @param labels int32 [N]
 * @param smoothing in [0, 1)
 * @returns [N]; the caller owns it
 */
export function crossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D, smoothing = 0): tf.Tensor1D {
  return tf.tidy(() => {
    const classes = logits.shape[1];
    const share = smoothing / classes;
    const wanted = tf.oneHot(labels, classes, 1 - smoothing + share, share, 'float32');
    return tf.neg(tf.sum<tf.Tensor1D>(tf.mul(wanted, tf.logSoftmax(logits)), 1));
  });
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
