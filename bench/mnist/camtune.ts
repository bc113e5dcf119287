// Times training on digits with compile(); prints one JSON document. Run by main.ts: camtune.ts EXAMPLE BATCHES REPEATS
import * as tf from '@tensorflow/tfjs-core';
import { metrics } from '@tensorflow/tfjs-layers';
import { compile, loadTensorflow } from '../../src/tensorflow/index.js';
import { report } from '../timing.js';
import { digits, options } from './networks.js';

const { example, batches, repeats } = options();
await loadTensorflow();
await tf.setBackend('tensorflow');
const { batch } = example;
const model = example.network();
const optimizer = tf.train[example.optimizer](example.learningRate);
const { images, labels } = digits(batch);

const train = compile((images: tf.Tensor4D, labels: tf.Tensor2D) =>
  tf.tidy(() => {
    let accuracy: tf.Tensor;
    const loss = optimizer.minimize(() => {
      const predicted = model.apply(images, { training: true }) as tf.Tensor2D;
      accuracy = tf.keep(tf.mean(metrics.categoricalAccuracy(labels, predicted)));
      return tf.mean(metrics.categoricalCrossentropy(labels, predicted));
    }, true)!;
    const result = tf.stack([loss, accuracy!]);
    // Kept only to leave minimize.
    accuracy!.dispose();
    return result;
  }),
);

let last: ArrayLike<number> = [];
await report('train', { images: batch * batches, repeats }, () => {
  for (let step = 0; step < batches; step++) {
    tf.tidy(() => {
      const x = tf.tensor4d(images, [batch, 28, 28, 1]);
      last = train(x, tf.tensor2d(labels, [batch, 10])).dataSync();
    });
  }
});
if (!(last[1]! > 0.9)) throw new Error(`it has not learned: loss, accuracy ${Array.from(last).join(', ')}`);
