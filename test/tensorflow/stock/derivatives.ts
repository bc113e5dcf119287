// First and second derivatives through every operation whose gradient camtune replaces, as numbers. Imports
// tfjs-core alone: the same file runs on tfjs-node as it comes.
import * as tf from '@tensorflow/tfjs-core';

type BatchNorm = (x: tf.Tensor4D, gamma: tf.Tensor1D, beta: tf.Tensor1D, epsilon: number) => tf.Tensor4D;

/** Batch norms of camtune, or what stands for them in tfjs. */
export interface BatchNorms {
  training: BatchNorm;
  inference: BatchNorm;
}

const wave = (shape: number[], seed: number): tf.Tensor => {
  const size = shape.reduce((product, side) => product * side, 1);
  return tf.tensor(
    Array.from({ length: size }, (_, i) => Math.sin(seed * 12.9898 + i * 1.71 + i * i * 0.0123)),
    shape,
  );
};

/** A smooth function of everything that a tensor holds. */
const probe = (y: tf.Tensor): tf.Tensor => tf.sum(tf.mul(tf.tanh(y), wave(y.shape, 5)));

/** Functions of x [2, 3, 2, 2] with what each should go through. */
export function functions({ training, inference }: BatchNorms): Record<string, (x: tf.Tensor) => tf.Tensor> {
  const gamma = (): tf.Tensor1D => wave([2], 8) as tf.Tensor1D;
  const beta = (): tf.Tensor1D => wave([2], 9) as tf.Tensor1D;
  const dense = (x: tf.Tensor, seed: number): tf.Tensor => {
    const flat = tf.reshape(x, [2, -1]);
    return tf.matMul(flat, wave([flat.shape[1]!, 4], seed));
  };
  return {
    relu: (x) => probe(dense(tf.relu(tf.square(dense(tf.relu(x), 1))), 2)),
    'sum of all': (x) => tf.tanh(tf.mul(tf.sum(tf.square(x)), 0.1)),
    'sum over axes': (x) => probe(tf.sum(tf.square(x), [1, -1])),
    'sum over an axis, kept': (x) => probe(tf.mul(x, tf.sum(tf.square(x), 1, true))),
    'mean of all': (x) => tf.tanh(tf.mean(tf.square(x))),
    'mean over axes, kept': (x) => probe(tf.mul(x, tf.mean(tf.square(x), [0, 2], true))),
    'broadcast sides': (x) => probe(tf.mul(tf.square(x), tf.mean(x, [0, 1, 2]))),
    gather: (x) => probe(tf.square(tf.gather(x, tf.tensor1d([0, 2, 2], 'int32'), 1))),
    'batch norm, training': (x) => probe(training(tf.square(x) as tf.Tensor4D, gamma(), beta(), 0.01)),
    'batch norm, training, by gamma': (x) =>
      probe(training(x as tf.Tensor4D, tf.square(tf.mean<tf.Tensor1D>(x, [0, 1, 2])), beta(), 0.01)),
    'batch norm, inference': (x) => probe(inference(tf.square(x) as tf.Tensor4D, gamma(), beta(), 0.01)),
    'batch norm, inference, by gamma and beta': (x) => {
      const average = tf.mean<tf.Tensor1D>(x, [0, 1, 2]);
      return probe(inference(x as tf.Tensor4D, tf.square(average), average, 0.01));
    },
    'relu, batch norm, mean': (x) =>
      tf.mean(tf.relu(training(tf.relu(tf.add(x, 0.3)) as tf.Tensor4D, gamma(), beta(), 0.01))),
  };
}

/** Function → its first derivative, and the derivative of a function of that. */
export function derivatives(batchNorms: BatchNorms): Record<string, number[][]> {
  const x = wave([2, 3, 2, 2], 3);
  const found = Object.keys(functions(batchNorms)).map((name) => {
    const first = (x: tf.Tensor): tf.Tensor => tf.grad(functions(batchNorms)[name]!)(x);
    const second = (x: tf.Tensor): tf.Tensor => tf.grad((x) => probe(first(x)))(x);
    return [
      name,
      [first, second].map((gradient) => Array.from(tf.tidy(() => gradient(x)).dataSync())),
    ] as const;
  });
  return Object.fromEntries(found);
}
