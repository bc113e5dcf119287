import * as tf from '@tensorflow/tfjs-core';
import type { Group } from '../../../src/distributed/index.js';
import {
  applyMomentum,
  batchNormAcross,
  batchNormInference,
  batchNormTraining,
  compile,
} from '../../../src/tensorflow/index.js';

/** How the norms of the small network go about their statistics. */
export type Norms = 'frozen' | 'synchronized';

const BATCH = 32;
const CLASSES = 5;

/** Trains a small network for 20 steps on this rank's share of 32 images; the trained numbers, in one row. */
export function trainSmall(group: Group, norms: Norms): number[] {
  const { rank, size } = group;
  const variable = (shape: number[], seed: number, scale: number): tf.Variable =>
    // Every rank begins elsewhere: the values of rank 0 have to reach all.
    tf.tidy(() => tf.variable(tf.mul(wave(shape, seed + rank), scale)));
  const kernels = [variable([3, 3, 3, 6], 1, 0.3), variable([3, 3, 6, 8], 11, 0.2)];
  const dense = variable([8, CLASSES], 21, 0.3);
  const scales = [variable([6], 31, 0.5), variable([8], 41, 0.5)];
  const offsets = [variable([6], 51, 0.1), variable([8], 61, 0.1)];
  const moving = [tf.variable(tf.zeros([6]), false), tf.variable(tf.ones([8]), false)];
  const weights = [kernels[0]!, scales[0]!, offsets[0]!, kernels[1]!, scales[1]!, offsets[1]!, dense];
  const slots = weights.map(({ shape }) => tf.tidy(() => tf.variable(tf.zeros(shape), false)));
  group.broadcast([...weights, ...moving]);

  const normalize = (x: tf.Tensor4D, layer: number): tf.Tensor4D => {
    const [gamma, beta] = [scales[layer], offsets[layer]] as unknown as [tf.Tensor1D, tf.Tensor1D];
    if (norms === 'frozen') {
      return batchNormInference(x, gamma, beta, tf.fill([gamma.size], 0.1), tf.fill([gamma.size], 0.7), 1e-3);
    }
    const given = [x, gamma, beta, 1e-3] as const;
    const { y, mean, variance } = size > 1 ? batchNormAcross(...given, group) : batchNormTraining(...given);
    const statistic = layer === 0 ? mean : variance;
    moving[layer]!.assign(tf.add(tf.mul(moving[layer]!, 0.9), tf.mul(statistic, 0.1)));
    return y;
  };
  const network = (images: tf.Tensor4D): tf.Tensor2D => {
    let x = images;
    kernels.forEach((kernel, layer) => {
      x = tf.relu(normalize(tf.conv2d(x, kernel as unknown as tf.Tensor4D, 2, 'same'), layer));
    });
    return tf.matMul(tf.mean<tf.Tensor2D>(x, [1, 2]), dense);
  };
  const step = compile((images: tf.Tensor4D, labels: tf.Tensor2D) =>
    tf.tidy(() => {
      const loss = (): tf.Scalar =>
        tf.neg(tf.mean<tf.Scalar>(tf.sum(tf.mul(labels, tf.logSoftmax(network(images))), 1)));
      const { value, grads } = tf.variableGrads(loss, weights);
      const gradients = weights.map(({ name }) => grads[name]!);
      group.mean(gradients, { bucket: 200 }).forEach((gradient, i) => {
        applyMomentum(weights[i]!, slots[i]!, gradient, tf.scalar(0.05), 0.9);
      });
      return group.mean([value])[0]!;
    }),
  );
  const share = BATCH / size;
  let loss = 0;
  for (let n = 0; n < 20; n++) {
    loss = tf.tidy(() => {
      const all = wave([BATCH, 8, 8, 3], n + 100) as tf.Tensor4D;
      const classes = Int32Array.from({ length: BATCH }, (_, i) => (i * 7 + n) % CLASSES);
      const labels = tf.cast(tf.oneHot(tf.tensor1d(classes, 'int32'), CLASSES), 'float32') as tf.Tensor2D;
      const images = tf.slice(all, rank * share, share);
      return step(images, tf.slice(labels, rank * share, share)).arraySync() as number;
    });
  }
  const trained = [...weights, ...moving].flatMap((weight) => Array.from(weight.dataSync()));
  step.dispose();
  tf.dispose([...weights, ...slots, ...moving]);
  return [loss, ...trained];
}

function wave(shape: number[], seed: number): tf.Tensor {
  const length = shape.reduce((product, side) => product * side, 1);
  return tf.tensor(
    Float32Array.from({ length }, (_, i) => Math.sin(seed * 12.9898 + i * 1.71 + i * i * 0.0123)),
    shape,
  );
}
