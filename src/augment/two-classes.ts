import * as tf from '@tensorflow/tfjs-core';
import type { Classifier } from '../models/index.js';

/**
 * A network with one sigmoid output unit as one with two classes, so that label 0 has a score too: softmax of (0, z)
 * is (1 − sigmoid(z), sigmoid(z)). Every other network is returned as it is.
 *
 * The weights behind a pooling are shared out as (−w / 2, w / 2), the same probabilities: what speaks against class 1 is
 * evidence for class 0.
 */
export function twoClasses(classifier: Classifier): Classifier {
  if (classifier.classes !== 1) return classifier;
  const pair = (logits: tf.Tensor2D): tf.Tensor2D =>
    tf.tidy(() => tf.concat([tf.zerosLike(logits), logits], 1));
  const { linearHead } = classifier;
  return {
    ...classifier,
    ...(linearHead && {
      linearHead: () =>
        tf.tidy(() => {
          const half = tf.div(linearHead(), 2);
          return tf.concat([tf.neg(half), half], 1) as tf.Tensor2D;
        }),
    }),
    classes: 2,
    probability: 'softmax',
    logits: (images) => tf.tidy(() => pair(classifier.logits(images))),
    head: (activations, bypass) => tf.tidy(() => pair(classifier.head(activations, bypass))),
    probabilities: (logits) => tf.softmax(logits),
  };
}
