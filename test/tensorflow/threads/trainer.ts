import * as tf from '@tensorflow/tfjs-core';
import { applyMomentum, batchNormTraining, compile, loadTensorflow } from '../../../src/tensorflow/index.js';

/** Trains a small network by a compiled step; the same steps give the same losses wherever they run. */
export async function trainSmall(steps: number): Promise<number[]> {
  await loadTensorflow();
  await tf.setBackend('tensorflow');
  const wave = (shape: number[], seed: number): tf.Tensor => {
    const size = shape.reduce((product, side) => product * side, 1);
    return tf.tensor(
      Float32Array.from({ length: size }, (_, i) => Math.sin(seed + i * 1.71)),
      shape,
    );
  };
  const variable = (shape: number[], seed: number): tf.Variable =>
    tf.tidy(() => tf.variable(wave(shape, seed)));
  const weights = [variable([3, 3, 2, 4], 1), variable([4, 3], 2)] as const;
  const slots = weights.map(({ shape }) => tf.tidy(() => tf.variable(tf.zeros(shape))));
  const step = compile((images: tf.Tensor4D, labels: tf.Tensor2D) =>
    tf.tidy(() => {
      const loss = (): tf.Scalar => {
        const filtered = tf.conv2d(images, weights[0] as unknown as tf.Tensor4D, 1, 'same');
        const { y } = batchNormTraining(filtered, tf.ones([4]), tf.zeros([4]), 1e-3);
        const logits = tf.matMul(tf.mean<tf.Tensor2D>(tf.relu(y), [1, 2]), weights[1]);
        return tf.neg(tf.mean<tf.Scalar>(tf.sum(tf.mul(labels, tf.logSoftmax(logits)), 1)));
      };
      const { value, grads } = tf.variableGrads(loss, [...weights]);
      weights.forEach((weight, i) =>
        applyMomentum(weight, slots[i]!, grads[weight.name]!, tf.scalar(0.1), 0.9),
      );
      return value;
    }),
  );
  const images = wave([8, 6, 6, 2], 3) as tf.Tensor4D;
  const labels = tf.tidy(() => tf.oneHot(tf.tensor1d([0, 1, 2, 0, 1, 2, 0, 1], 'int32'), 3)) as tf.Tensor2D;
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    const loss = step(images, labels);
    losses.push((await loss.data())[0]!);
    loss.dispose();
  }
  step.dispose();
  tf.dispose([images, labels, ...weights, ...slots]);
  return losses;
}
