import * as tf from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import {
  batchNormAcross,
  batchNormInference,
  batchNormTraining,
  type Ranks,
} from '../../tensorflow/index.js';
import { invalid, phrase } from '../../errors.js';
import type { Layer } from './graph.js';

/** What tfjs-layers keeps inside its BatchNormalization layer. */
export interface BatchNormLayer extends Layer {
  /** A list with one number in models of tf.keras. */
  axis: number | number[];
  momentum: number;
  epsilon: number;
  gamma?: LayerVariable;
  beta?: LayerVariable;
  movingMean: LayerVariable;
  movingVariance: LayerVariable;
}

export function isBatchNorm(layer: Layer): layer is BatchNormLayer {
  return layer.getClassName() === 'BatchNormalization';
}

/**
 * Batch normalization with the running statistics, over the last axis.
 *
 * @param x [..., C]
 * @returns as x; the caller owns it
 */
export function batchNormRunning(layer: BatchNormLayer, x: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const { gamma, beta, mean, variance } = parameters(layer, x);
    return tf.reshape(batchNormInference(rank4(x), gamma, beta, mean, variance, layer.epsilon), x.shape);
  });
}

/**
 * Batch normalization with the statistics of this batch, over the last axis; assigns the running statistics as
 * PyTorch does: moving = momentum · moving + (1 − momentum) · batch, with the unbiased variance.
 *
 * @param x [..., C]
 * @param ranks processes whose batches count as one; default: this one alone
 * @returns as x; the caller owns it
 */
export function batchNormUpdating(layer: BatchNormLayer, x: tf.Tensor, ranks?: Ranks): tf.Tensor {
  return tf.tidy(() => {
    const { gamma, beta } = parameters(layer, x);
    const given = [rank4(x), gamma, beta, layer.epsilon] as const;
    const several = ranks && ranks.size > 1;
    const { y, mean, variance } = several ? batchNormAcross(...given, ranks) : batchNormTraining(...given);
    blend(layer.movingMean, mean, layer.momentum);
    blend(layer.movingVariance, variance, layer.momentum);
    return tf.reshape(y, x.shape);
  });
}

function rank4(x: tf.Tensor): tf.Tensor4D {
  return x.rank === 4 ? (x as tf.Tensor4D) : tf.reshape(x, [-1, 1, 1, x.shape.at(-1)!]);
}

function blend(variable: LayerVariable, batch: tf.Tensor, momentum: number): void {
  const old = variable.read();
  variable.write(tf.add(tf.mul(old, momentum), tf.mul(batch, 1 - momentum)));
}

function parameters(layer: BatchNormLayer, x: tf.Tensor) {
  const axes = [layer.axis].flat();
  if (axes.length !== 1 || ![-1, x.rank - 1].includes(axes[0]!)) {
    throw invalid(
      `layer ${layer.name}`,
      'batch normalization over the last axis',
      phrase(`axis ${axes.join()}`),
    );
  }
  const channels = x.shape.at(-1)!;
  return {
    gamma: (layer.gamma?.read() ?? tf.ones([channels])) as tf.Tensor1D,
    beta: (layer.beta?.read() ?? tf.zeros([channels])) as tf.Tensor1D,
    mean: layer.movingMean.read() as tf.Tensor1D,
    variance: layer.movingVariance.read() as tf.Tensor1D,
  };
}
