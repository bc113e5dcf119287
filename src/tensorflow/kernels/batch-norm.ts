import * as tf from '@tensorflow/tfjs-core';
import { batchNormGradient } from './batch-norm-gradient.js';
import { execute, hasNative } from './native-kernel.js';
import { attribute, FLOAT_TYPE } from './native-ops.js';

/** Result of a batch norm in training mode. Statistics are over N, H, W of this batch; the variance is the unbiased one. */
export interface BatchNormResult {
  y: tf.Tensor4D;
  mean: tf.Tensor1D;
  variance: tf.Tensor1D;
}

/**
 * Batch normalization in training mode (Ioffe & Szegedy 2015), one fused operation forward and one backward on the
 * native backend. The gradient flows through y to x, gamma and beta; mean and variance are outputs for the running
 * statistics and carry none.
 *
 * @param x [N, H, W, C]
 * @param gamma scale [C]
 * @param beta offset [C]
 * @param epsilon added to the (biased) variance under the root
 */
export function batchNormTraining(
  x: tf.Tensor4D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  epsilon: number,
): BatchNormResult {
  if (!hasNative()) return plainTraining(x, gamma, beta, epsilon);
  let statistics: tf.Tensor[] = [];
  const normalize = tf.customGrad((x, gamma, beta, save) => {
    const none = tf.tensor1d([], 'float32');
    const inputs = [x, gamma, beta, none, none] as tf.Tensor[];
    const outputs = execute('FusedBatchNormV3', batchNormAttributes(epsilon, true), inputs, 6);
    const [y, mean, variance, ...reserved] = outputs as [tf.Tensor, tf.Tensor, tf.Tensor, ...tf.Tensor[]];
    // They leave this function by the side door, past the scope that customGrad closes behind it.
    statistics = [tf.keep(mean), tf.keep(variance)];
    (save as tf.GradSaveFunc)([x as tf.Tensor, gamma as tf.Tensor, ...reserved]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] => {
      const [x, gamma, ...reserved] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      const { dx, dGamma, dBeta } = batchNormGradient(dy, x, gamma, reserved, { epsilon, training: true });
      return [dx, dGamma, dBeta];
    };
    return { value: y, gradFunc };
  });
  const y = normalize(x, gamma, beta) as tf.Tensor4D;
  const [mean, variance] = statistics.map((kept) => kept.clone()) as [tf.Tensor1D, tf.Tensor1D];
  tf.dispose(statistics);
  return { y, mean, variance };
}

/**
 * Batch normalization with given statistics (inference, or a frozen layer in training); differentiable in x, gamma and
 * beta.
 *
 * @param x [N, H, W, C]; the others [C]
 */
export function batchNormInference(
  x: tf.Tensor4D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  mean: tf.Tensor1D,
  variance: tf.Tensor1D,
  epsilon: number,
): tf.Tensor4D {
  if (!hasNative()) return tf.batchNorm4d(x, mean, variance, beta, gamma, epsilon);
  const normalize = tf.customGrad((x, gamma, beta, save) => {
    const inputs = [x, gamma, beta, mean, variance] as tf.Tensor[];
    const [y] = execute('FusedBatchNormV3', batchNormAttributes(epsilon, false), inputs, 6);
    (save as tf.GradSaveFunc)([x as tf.Tensor, gamma as tf.Tensor, mean, variance]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] => {
      const [x, gamma, mean, variance] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      const statistics = [mean, variance, tf.tensor1d([], 'float32')] as const;
      const { dGamma, dBeta } = batchNormGradient(dy, x, gamma, statistics, { epsilon, training: false });
      // Needs no x: a graph that asks for this gradient alone neither keeps x nor runs the operation above.
      const scale = tf.mul(gamma, tf.rsqrt(tf.add(variance, epsilon)));
      return [tf.mul(dy, scale), dGamma, dBeta];
    };
    return { value: y!, gradFunc };
  });
  return normalize(x, gamma, beta) as tf.Tensor4D;
}

/** Attributes of FusedBatchNormV3. */
export function batchNormAttributes(epsilon: number, training: boolean) {
  return [
    FLOAT_TYPE,
    attribute('U', 'type', 1),
    attribute('epsilon', 'float', epsilon),
    attribute('data_format', 'string', 'NHWC'),
    attribute('is_training', 'bool', training),
    attribute('exponential_avg_factor', 'float', 1),
  ];
}

function plainTraining(
  x: tf.Tensor4D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  epsilon: number,
): BatchNormResult {
  const [n, h, w] = x.shape;
  const count = n * h * w;
  const { mean, variance } = tf.moments(x, [0, 1, 2]);
  const y = tf.batchNorm4d(x, mean as tf.Tensor1D, variance as tf.Tensor1D, beta, gamma, epsilon);
  const unbiased = tf.mul(variance, count / Math.max(1, count - 1));
  return { y, mean: mean as tf.Tensor1D, variance: unbiased as tf.Tensor1D };
}
