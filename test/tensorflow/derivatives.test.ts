import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { compiled } from '../compiled.js';
import { needsNative } from '../backend.js';
import { batchNormInference, batchNormTraining, compile } from '../../src/tensorflow/index.js';
import { type BatchNorms, derivatives, functions } from './stock/derivatives.js';
import { difference, tensorsInUse, wave } from './support.js';

/** Sums of a few dozen float32 numbers, in another order. */
const LIMIT = 2e-5;

const ours: BatchNorms = {
  training: (x, gamma, beta, epsilon) => batchNormTraining(x, gamma, beta, epsilon).y,
  inference: (x, gamma, beta, epsilon) =>
    batchNormInference(x, gamma, beta, tf.tensor1d([0.1, -0.2]), tf.tensor1d([0.5, 2]), epsilon),
};

describe('derivatives of first and second order', () => {
  before(needsNative);

  it('are those of tfjs-node without camtune', () => {
    const script = compiled('test/tensorflow/stock/main.ts');
    const printed = execFileSync(process.execPath, [script], { encoding: 'utf8' });
    const stock = JSON.parse(printed.trim().split('\n').at(-1)!) as ReturnType<typeof derivatives>;
    const before = tensorsInUse();
    let found: ReturnType<typeof derivatives> = {};
    tf.tidy(() => void (found = derivatives(ours)));
    expect(tensorsInUse()).to.deep.equal(before);
    expect(Object.keys(found)).to.deep.equal(Object.keys(stock));
    for (const [name, orders] of Object.entries(stock)) {
      orders.forEach((expected, order) => {
        const scale = Math.max(...expected.map(Math.abs), 1e-6);
        const worst = Math.max(
          ...found[name]![order]!.map((value, i) => Math.abs(value - expected[i]!) / scale),
        );
        expect(worst, `${name}, derivative ${order + 1}`).to.be.at.most(LIMIT);
      });
    }
  });

  it('of two ReLU layers are what pencil and paper give', () => {
    const result = tf.tidy(() => {
      const [a, b] = [tf.tensor2d([[1, -2], [3, 0.5]]), tf.tensor2d([[2], [-1]])]; // prettier-ignore
      const network = (x: tf.Tensor): tf.Tensor => tf.sum(tf.square(tf.matMul(tf.relu(tf.matMul(x as tf.Tensor2D, a)), b)));
      const penalty = (x: tf.Tensor): tf.Tensor => tf.sum(tf.square(tf.grad(network)(x)));
      return tf.grad(penalty)(tf.tensor2d([[1, 1]])).dataSync();
    }); // prettier-ignore
    // h = xa = [4, −1.5]: the second unit is off, so y = 2 (x₁ + 3x₂), f = y², |∂f|² = (4y)² (1 + 9), its gradient 1280 (x₁ + 3x₂) (1, 3).
    expect(Array.from(result)).to.deep.equal([5120, 15360]);
  });

  it('of the square of a sum do not depend on its inputs', () => {
    const twice = tf.tidy(() => {
      const f = (x: tf.Tensor): tf.Tensor => tf.square(tf.sum(x));
      const first = (x: tf.Tensor): tf.Tensor => tf.sum(tf.grad(f)(x));
      return tf
        .grad(first)(tf.tensor1d([1, 2, 3]))
        .dataSync();
    });
    expect(Array.from(twice)).to.deep.equal([6, 6, 6]);
  });

  it('are the same compiled', () => {
    for (const name of Object.keys(functions(ours))) {
      const second = (x: tf.Tensor): tf.Tensor =>
        tf.tidy(() => tf.grad((x) => tf.sum(tf.square(tf.grad(functions(ours)[name]!)(x))))(x));
      const compiled = compile(second);
      tf.tidy(() => {
        const x = wave([2, 3, 2, 2], 3);
        expect(difference(compiled(x), second(x)), name).to.be.at.most(LIMIT);
      });
      compiled.dispose();
    }
  });
});
