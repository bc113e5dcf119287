import * as tf from '@tensorflow/tfjs-core';
import type { Ranks } from '../ranks.js';
import { batchNormAttributes, type BatchNormResult } from './batch-norm.js';
import { batchNormGradient } from './batch-norm-gradient.js';
import { execute } from './native-kernel.js';

/**
 * Batch normalization in training mode with the statistics of the batches of all ranks together, as one process has
 * them that sees all images. Ranks may have batches of different sizes. On the native backend only.
 *
 * The gradient flows through y to x, gamma and beta; those of gamma and beta are this rank's share, which the ranks
 * reduce as any other gradient. It cannot be differentiated a second time: the statistics would count as constants.
 *
 * @param x [N, H, W, C]
 * @param gamma scale [C]
 * @param beta offset [C]
 * @param epsilon added to the (biased) variance under the root
 * @returns as batchNormTraining; mean and variance are the same on every rank
 */
export function batchNormAcross(
  x: tf.Tensor4D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  epsilon: number,
  ranks: Ranks,
): BatchNormResult {
  let statistics: tf.Tensor[] = [];
  const normalize = tf.customGrad((x, gamma, beta, save) => {
    const inputs = [x, gamma, beta] as [tf.Tensor, tf.Tensor, tf.Tensor];
    const { mean, variance, count } = statisticsAcross(inputs, epsilon, ranks);
    const attributes = batchNormAttributes(epsilon, false);
    const [y] = execute('FusedBatchNormV3', attributes, [...inputs, mean, variance], 6);
    const unbiased = tf.mul(variance, tf.div(count, tf.maximum(tf.sub(count, 1), 1)));
    // They leave this function by the side door, past the scope that customGrad closes behind it.
    statistics = [tf.keep(mean.clone()), tf.keep(unbiased)];
    (save as tf.GradSaveFunc)([inputs[0], inputs[1], mean, variance, count]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] => {
      const [x, gamma, mean, variance, count] = saved as [
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
      ];
      const given = [mean, variance, tf.tensor1d([], 'float32')] as const;
      // As if the statistics were given; what they add to the gradient of x hangs on the sums over all ranks.
      const { dx, dGamma, dBeta } = batchNormGradient(dy, x, gamma, given, { epsilon, training: false });
      const [ofBeta, ofGamma] = ranks.sum([dBeta, dGamma]) as [tf.Tensor, tf.Tensor];
      const r = tf.rsqrt(tf.add(variance, epsilon));
      const scale = tf.div(tf.mul(gamma, r), count);
      const slope = tf.mul(tf.mul(scale, r), ofGamma);
      const offset = tf.sub(tf.mul(scale, ofBeta), tf.mul(slope, mean));
      return [tf.sub(dx, tf.add(tf.mul(x, slope), offset)), dGamma, dBeta];
    };
    return { value: y!, gradFunc };
  });
  const y = normalize(x, gamma, beta) as tf.Tensor4D;
  const [mean, variance] = statistics.map((kept) => kept.clone()) as [tf.Tensor1D, tf.Tensor1D];
  tf.dispose(statistics);
  return { y, mean, variance };
}

/**
 * Mean, biased variance and number of values of a channel over all ranks, from those of each: sums of squares over all
 * would cancel where the mean is large (Chan, Golub and LeVeque 1979).
 */
function statisticsAcross(
  [x, gamma, beta]: [tf.Tensor, tf.Tensor, tf.Tensor],
  epsilon: number,
  ranks: Ranks,
): { mean: tf.Tensor; variance: tf.Tensor; count: tf.Tensor } {
  const channels = gamma.size;
  const own = x.size / channels;
  const none = tf.tensor1d([], 'float32');
  const inputs = [x, gamma, beta, none, none];
  const [, mean, unbiased] = execute('FusedBatchNormV3', batchNormAttributes(epsilon, true), inputs, 6);
  const biased = tf.mul(unbiased!, (own - 1) / own);
  const all = ranks.stack(tf.concat([mean!, biased, tf.tensor1d([own])]));
  const [means, variances, counts] = tf.split(all, [channels, channels, 1], 1) as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  const count = tf.sum(counts);
  const share = tf.div(counts, count);
  const center = tf.sum(tf.mul(means, share), 0);
  const spread = tf.add(variances, tf.square(tf.sub(means, center)));
  return { mean: center, variance: tf.sum(tf.mul(spread, share), 0), count };
}
