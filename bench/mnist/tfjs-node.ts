// Times training on digits with tfjs-node as it is; prints one JSON document. Run by main.ts: tfjs-node.ts EXAMPLE BATCHES REPEATS
import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import { report } from '../timing.js';
import { digits, options } from './networks.js';

process.env['TF_CPP_MIN_LOG_LEVEL'] = '2';
createRequire(import.meta.url)('@tensorflow/tfjs-node-gpu');
const { example, batches, repeats } = options();
const { batch } = example;
const model = example.network();
model.compile({
  optimizer: tf.train[example.optimizer](example.learningRate),
  loss: 'categoricalCrossentropy',
  metrics: ['accuracy'],
});
const { images, labels } = digits(batch);

let last: number[] = [];
await report('train', { images: batch * batches, repeats }, async () => {
  for (let step = 0; step < batches; step++) {
    const [x, y] = [tf.tensor4d(images, [batch, 28, 28, 1]), tf.tensor2d(labels, [batch, 10])];
    last = (await model.trainOnBatch(x, y)) as number[];
    tf.dispose([x, y]);
  }
});
if (!(last[1]! > 0.9)) throw new Error(`it has not learned: loss, accuracy ${last.join(', ')}`);
