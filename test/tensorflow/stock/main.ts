// Prints the derivatives as tfjs-node gives them, as JSON: npx tsx test/tensorflow/stock/main.ts
import { createRequire } from 'node:module';
import util from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { findTfjsNode } from '../../../src/tensorflow/native/runtime/paths.js';
import { derivatives } from './derivatives.js';

process.env['TF_CPP_MIN_LOG_LEVEL'] = '2';
// tfjs-node 4.22 needs them on Node 23 and later.
Object.assign(util, { isNullOrUndefined: (value: unknown) => value === null || value === undefined, isArray: Array.isArray }); // prettier-ignore
createRequire(import.meta.url)(findTfjsNode()!.name);
await tf.setBackend('tensorflow');
const found = derivatives({
  training: (x, gamma, beta, epsilon) => {
    const { mean, variance } = tf.moments(x, [0, 1, 2]);
    return tf.batchNorm4d(x, mean as tf.Tensor1D, variance as tf.Tensor1D, beta, gamma, epsilon);
  },
  inference: (x, gamma, beta, epsilon) =>
    tf.batchNorm4d(x, tf.tensor1d([0.1, -0.2]), tf.tensor1d([0.5, 2]), beta, gamma, epsilon),
});
console.log(JSON.stringify(found));
