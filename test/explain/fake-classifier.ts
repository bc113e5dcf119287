import * as tf from '@tensorflow/tfjs-core';
import type { Classifier } from '../../src/models/index.js';

interface Fake {
  /** What the target layer shows, whatever the images: [N, h, w, K]. Default: the images themselves. */
  activations?: number[][][][];
  /** Default: the mean of each activation channel is the logit of the class of that number. */
  head?: (activations: tf.Tensor4D) => tf.Tensor2D;
  /** Default: the mean of each color channel is the logit of the class of that number. */
  logits?: (images: tf.Tensor4D) => tf.Tensor2D;
  classes?: number;
  probability?: 'softmax' | 'sigmoid';
}

/** A network that does what a test says. */
export function fakeClassifier(fake: Fake = {}): Classifier {
  const pooled = (x: tf.Tensor4D): tf.Tensor2D => tf.mean(x, [1, 2]);
  const { activations, head = pooled, logits = pooled, classes = 3, probability = 'softmax' } = fake;
  return {
    model: null as never,
    inputShape: [null, null, 3],
    classes,
    layer: 'fake',
    probability,
    notes: [],
    activations: (images) => (activations ? tf.tensor4d(activations) : images.clone()),
    head,
    logits,
    probabilities: (scores) => (probability === 'softmax' ? tf.softmax(scores) : tf.sigmoid(scores)),
    trainingLogits: () => {
      throw new Error('not here');
    },
  };
}

/** A tensor's values as a list; the tensor is disposed. */
export function values(tensor: tf.Tensor): number[] {
  const list = Array.from(tensor.dataSync());
  tensor.dispose();
  return list;
}

/** Tensors that `run` leaves behind, beside those it returns. */
export function leftBehind(run: () => tf.TensorContainer): number {
  const before = tf.memory().numTensors;
  tf.dispose(run());
  return tf.memory().numTensors - before;
}
