import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { compile, gelu, layerNorm, relu6, swish } from '../../src/tensorflow/index.js';
import { difference, tensorsInUse, wave } from './support.js';
import { needsNative } from '../backend.js';

type Curve = (x: tf.Tensor) => tf.Tensor;

/** Each with what it is in plain operations of tfjs. */
const curves: Record<string, [ours: Curve, plain: Curve]> = {
  gelu: [gelu, (x) => tf.mul(tf.mul(x, 0.5), tf.add(1, tf.erf(tf.mul(x, Math.SQRT1_2))))],
  'gelu by tanh': [
    (x) => gelu(x, true),
    (x) => {
      const inner = tf.mul(Math.sqrt(2 / Math.PI), tf.add(x, tf.mul(0.044715, tf.mul(x, tf.square(x)))));
      return tf.mul(tf.mul(x, 0.5), tf.add(1, tf.tanh(inner)));
    },
  ],
  swish: [swish, (x) => tf.mul(x, tf.sigmoid(x))],
  relu6: [relu6, (x) => tf.minimum(6, tf.relu(x))],
};

/** The plain layer norm. */
const normal = (x: tf.Tensor): tf.Tensor => {
  const centered = tf.sub(x, tf.mean(x, -1, true));
  return tf.mul(centered, tf.rsqrt(tf.add(tf.mean(tf.square(centered), -1, true), 0.01)));
};

/** The value, its gradient, and that of the gradient's squares and the inputs'. */
function orders(f: (...inputs: tf.Tensor[]) => tf.Tensor, inputs: tf.Tensor[]): tf.Tensor[] {
  const weighted = (...given: tf.Tensor[]): tf.Tensor => {
    const y = f(...given);
    return tf.sum(tf.mul(y, wave(y.shape, 2)));
  };
  // The inputs' own squares: some of them have no second derivative, which tfjs refuses.
  const squares = (...given: tf.Tensor[]): tf.Tensor =>
    [...tf.grads(weighted)(given), ...given]
      .map((value) => tf.sum(tf.square(value)))
      .reduce((a, b) => tf.add(a, b));
  return [f(...inputs), ...tf.grads(weighted)(inputs), ...tf.grads(squares)(inputs)];
}

describe('fused operations', () => {
  before(needsNative);

  for (const [name, [ours, plain]] of Object.entries(curves)) {
    it(`${name}: value and gradient are those of plain operations, compiled too`, () => {
      const before = tensorsInUse();
      tf.tidy(() => {
        // 35,000 numbers: several pieces, the last of which is not whole.
        const x = tf.mul(wave([5, 1000, 7], 1), 7);
        const both = (f: Curve, x: tf.Tensor) =>
          tf.tidy(() => [f(x), tf.grad((x) => tf.sum(tf.mul(f(x), wave(x.shape, 2))))(x)]);
        const compiled = compile((x: tf.Tensor) => both(ours, x));
        const expected = both(plain, x);
        for (const [index, want] of expected.entries()) {
          expect(difference(both(ours, x)[index]!, want), `order ${index}`).to.be.at.most(6e-6);
          expect(difference(compiled(x)[index]!, want), `compiled, order ${index}`).to.be.at.most(6e-6);
        }
        compiled.dispose();
      });
      expect(tensorsInUse()).to.deep.equal(before);
    });

    it(`${name}: the second derivative is the slope of the first`, () => {
      tf.tidy(() => {
        const x = tf.mul(wave([50], 1), 4);
        const first: Curve = tf.grad((x) => tf.sum(ours(x)));
        const found = tf.grad((x) => tf.sum(first(x)))(x);
        const slope = tf.div(tf.sub(first(tf.add(x, 0.01)), first(tf.sub(x, 0.01))), 0.02);
        expect(difference(found, slope)).to.be.at.most(2e-3);
        // Of the gradient with respect to what came in from behind.
        const dy = wave([50], 3);
        const ofDy = tf.grad((dy) => tf.sum(tf.square(tf.grad(ours)(x, dy))))(dy);
        expect(difference(ofDy, tf.mul(2, tf.mul(dy, tf.square(first(x)))))).to.be.at.most(1e-5);
      });
    });
  }

  it('softmax: value, gradient and second derivative are those of the plain backend', async () => {
    const compute = (): number[][] =>
      tf.tidy(() =>
        orders((x) => tf.softmax(x), [tf.mul(wave([300, 57], 1), 3)]).map((value) => [...value.dataSync()]),
      );
    const found = compute();
    await tf.setBackend('cpu');
    const expected = compute();
    await tf.setBackend('tensorflow');
    for (const [order, want] of expected.entries())
      expect(difference(tf.tensor1d(found[order]!), tf.tensor1d(want)), `order ${order}`).to.be.at.most(5e-6);
  });

  it('layerNorm: value, gradients and second derivatives are those of plain operations', () => {
    for (const shape of [[2, 3, 5], [300, 77], [4, 2], [6]]) {
      tf.tidy(() => {
        const width = shape.at(-1)!;
        const inputs = [wave(shape, 1), tf.add(wave([width], 2), 1.5), wave([width], 3)];
        const plain = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor): tf.Tensor =>
          tf.add(tf.mul(normal(x), gamma), beta);
        const ours = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor): tf.Tensor =>
          layerNorm(x, 0.01, gamma, beta);
        const expected = orders(plain, inputs);
        orders(ours, inputs).forEach((found, order) =>
          expect(difference(found, expected[order]!), `[${shape.join()}], ${order}`).to.be.at.most(2e-5),
        );
      });
    }
  }); // prettier-ignore

  it('layerNorm without scale and offset only normalizes', () => {
    tf.tidy(() => {
      const x = wave([3, 4], 1);
      expect(difference(layerNorm(x, 0.01), normal(x))).to.be.at.most(1e-6);
    });
  });

  it('take an input that somebody else needs as it is, and one without numbers', () => {
    tf.tidy(() => {
      const twice = compile((x: tf.Tensor) => tf.tidy(() => tf.stack([gelu(x), swish(x), x])));
      const x = tf.tensor1d([-1, 0, 2]);
      expect(difference(tf.unstack(twice(x))[2]!, x)).to.equal(0);
      twice.dispose();
      expect(gelu(tf.zeros([0, 3])).shape).to.deep.equal([0, 3]);
      expect(layerNorm(tf.zeros([0, 3]), 0.1).shape).to.deep.equal([0, 3]);
    });
  });

  it('are right at the ends of the numbers', () => {
    tf.tidy(() => {
      const ends = tf.tensor1d([-1e30, -90, -9, -0, 9, 90, 1e30, NaN]);
      expect([...gelu(ends).dataSync()]).to.deep.equal([-0, -0, gelu(tf.tensor1d([-9])).dataSync()[0], -0, 9, 90, Math.fround(1e30), NaN]); // prettier-ignore
      expect([...swish(ends).dataSync()].slice(4)).to.deep.equal([swish(tf.tensor1d([9])).dataSync()[0], 90, Math.fround(1e30), NaN]); // prettier-ignore
      expect(Math.abs(gelu(tf.tensor1d([-9])).dataSync()[0]!)).to.be.below(1e-15);
    });
  });

  it('give the same bits on every run', () => {
    tf.tidy(() => {
      const x = wave([500, 96], 1);
      const gradient = (): number[] => {
        const all = tf.grads((x, gamma) => tf.sum(tf.square(layerNorm(x, 0.1, gamma))))([x, wave([96], 2)]);
        return [...all[1]!.dataSync()];
      };
      const first = gradient();
      for (let run = 0; run < 5; run++) expect(gradient()).to.deep.equal(first);
    });
  });

  it('refuse what does not fit, in a sentence', () => {
    expect(() => tf.tidy(() => layerNorm(wave([3, 4], 1), 0.1, wave([3], 1)))).to.throw(/another width/);
  });
});
