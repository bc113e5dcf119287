// Times the transformer block in camtune; prints one JSON document. Run by main.ts.
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import {
  applyMomentum,
  compile,
  loadTensorflow,
  type Precision,
  usefulPrecision,
} from '../../src/tensorflow/index.js';
import { report } from '../timing.js';
import { block, blockWeights, VIT_S } from './block.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    batch: { type: 'string', default: '16' },
    tokens: { type: 'string', default: '197' },
    precision: { type: 'string', default: 'float32' },
    repeats: { type: 'string', default: '10' },
    // Computes in the precision asked for even where that is slower.
    force: { type: 'boolean', default: false },
  },
});
const what = positionals[0] ?? 'forward';
const asked = values.precision as Precision;
const runtime = await loadTensorflow();
await tf.setBackend('tensorflow');
const precision = values.force ? asked : usefulPrecision(asked, runtime);
const [batch, length] = [Number(values.batch), Number(values.tokens)];

const weights = blockWeights(VIT_S, (shape) => tf.truncatedNormal(shape, 0, 0.02));
const variables = Object.values(weights);
const slots = variables.map(({ shape }) => tf.tidy(() => tf.variable(tf.zeros(shape))));
const tokens = tf.randomNormal<tf.Rank.R3>([batch, length, VIT_S.width]);
const rate = tf.scalar(1e-4);

const forward = compile(
  (tokens: tf.Tensor3D) => tf.tidy(() => tf.sum<tf.Scalar>(block(tokens, VIT_S, weights))),
  {
    precision,
  },
);
/** A step of training, and the gradient of the tokens, which a block before this one would need. */
const train = compile(
  (tokens: tf.Tensor3D, rate: tf.Scalar) =>
    tf.tidy(() => {
      let loss: tf.Scalar;
      const lossOf = (tokens: tf.Tensor): tf.Scalar =>
        (loss = tf.keep(tf.mean(tf.square(block(tokens as tf.Tensor3D, VIT_S, weights)))));
      const [before, ...gradients] = tf.grads(lossOf)([tokens, ...variables]);
      variables.forEach((variable, i) => applyMomentum(variable, slots[i]!, gradients[i]!, rate, 0.9));
      return [loss!, before!] as const;
    }),
  { precision },
);

const steps: Record<string, () => tf.Scalar> = {
  forward: () => forward(tokens),
  train: () => train(tokens, rate)[0],
};
const step = steps[what];
if (!step) throw new Error(`expected forward or train, found ${what}`);
const setting = { precision: asked, computedIn: precision, device: runtime.device };
await report(what, { images: batch, repeats: Number(values.repeats), setting }, () =>
  tf.tidy(() => void step().dataSync()),
);
