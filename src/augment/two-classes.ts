import * as tf from '@tensorflow/tfjs-core';
import type { Classifier } from '../models/index.js';

/**
 * A network with one sigmoid output unit as one with two classes, so that label 0 has a score too: softmax of (0, z)
 * is (1 − sigmoid(z), sigmoid(z)). Every other network is returned as it is.
 */
export function twoClasses(classifier: Classifier): Classifier {
  if (classifier.classes !== 1) return classifier;
  const pair = (logits: tf.Tensor2D): tf.Tensor2D =>
    tf.tidy(() => tf.concat([tf.zerosLike(logits), logits], 1));
  return {
    ...classifier,
    classes: 2,
    probability: 'softmax',
    logits: (images) => tf.tidy(() => pair(classifier.logits(images))),
    head: (activations) => tf.tidy(() => pair(classifier.head(activations))),
    probabilities: (logits) => tf.softmax(logits),
  };
}
