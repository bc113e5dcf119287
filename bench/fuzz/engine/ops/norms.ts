import * as tf from '@tensorflow/tfjs-core';
import { batchNormInference, batchNormTraining } from '../../../../src/tensorflow/index.js';
import { fit, images } from '../fit.js';
import { grows, op, type Vocabulary } from './op.js';

/** The batch norms under test, or their plain forms. */
export interface Norms {
  training: typeof batchNormTraining;
  inference: typeof batchNormInference;
}

export const fused: Norms = { training: batchNormTraining, inference: batchNormInference };

/** The same by operations of tfjs alone, for a process that must not use anything of ours. */
export const plain: Norms = {
  training(x, gamma, beta, epsilon) {
    const [n, h, w] = x.shape;
    const { mean, variance } = tf.moments(x, [0, 1, 2]);
    const y = tf.batchNorm4d(x, mean as tf.Tensor1D, variance as tf.Tensor1D, beta, gamma, epsilon);
    const count = n * h * w;
    return { y, mean: mean as tf.Tensor1D, variance: tf.mul(variance, count / (count - 1)) };
  },
  inference: (x, gamma, beta, mean, variance, epsilon) =>
    tf.batchNorm4d(x, mean, variance, beta, gamma, epsilon),
};

const vector = (y: tf.Tensor, x: tf.Tensor4D): tf.Tensor1D => fit(y, [x.shape[3]]) as tf.Tensor1D;

/**
 * Small, and never all alike: of values that are large beside their deviation, a norm and its gradients keep little but
 * rounding.
 */
const varied = (x: tf.Tensor): tf.Tensor4D => {
  const from = images(x);
  const apart = Float32Array.from({ length: from.size }, (_, i) => Math.cos(1 + 2.3 * i) / 2);
  return tf.add(tf.mul(from, 0.25), tf.tensor(apart, from.shape));
};

/** batchNormInference has no gradient by its statistics, and says so; the plain form shall have none either. */
const still = (x: tf.Tensor1D): tf.Tensor1D =>
  tf.customGrad((x) => ({ value: tf.clone(x as tf.Tensor), gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy) }))(x) as tf.Tensor1D; // prettier-ignore

/** Operations on batch norms of either sort. */
export const norms = ({ training, inference }: Norms): Vocabulary => ({
  batchNormTraining: op('FFF>F', 2, (x, y, _, z) => {
    const from = varied(x);
    return training(from, vector(y, from), vector(z, from), 0.3).y;
  }, ([, y, z]) => Math.max(y!, z!) + 3), // prettier-ignore
  'statistics of batchNormTraining': op('FF>F', 0, (x, y, [which]) => {
    const from = varied(x);
    const { mean, variance } = training(from, vector(y, from), vector(y, from), 0.3);
    return which! % 2 === 0 ? mean : variance;
  }, ([x]) => 2 * x!), // prettier-ignore
  batchNormInference: op('FFF>F', 2, (x, y, _, z) => {
    const from = images(x);
    const spread = tf.add<tf.Tensor1D>(tf.softplus(vector(z, from)), 0.3);
    return inference(from, vector(y, from), vector(z, from), still(vector(y, from)), still(spread), 0.1);
  }, grows.products), // prettier-ignore
});
