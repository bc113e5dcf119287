import { expect } from 'chai';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { needsNative } from '../backend.js';
import { batchNormInference, batchNormTraining } from '../../src/tensorflow/index.js';
import { difference, failure, flatMemory, integers, positive, tensorsIn, values, wave } from './support.js';

/** What plain tfjs gives for the same computation. */
async function onPlainTfjs<T>(compute: () => T): Promise<T> {
  await tf.setBackend('cpu');
  try {
    return compute();
  } finally {
    await tf.setBackend('tensorflow');
  }
}

type FourD = (x: tf.Tensor4D, gamma: tf.Tensor1D, beta: tf.Tensor1D) => tf.Tensor;

describe('kernels and gradients that replace those of tfjs', () => {
  before(needsNative);
  const owned = flatMemory();

  describe('gradients', () => {
    const x = (): tf.Tensor => owned(tf.tensor3d([-1, 2, 0, 4, -5, 6], [1, 2, 3]));

    it('of relu pass where the input is positive', () => {
      expect(values(owned(tf.tidy(() => tf.grad((x) => tf.sum(tf.mul(tf.relu(x), 3)))(x()))))).to.deep.equal([
        0, 3, 0, 3, 0, 3,
      ]);
    });

    for (const axes of [undefined, 0, 2, -1, [0, 1], [1, -1]] as const) {
      for (const keep of [false, true]) {
        it(`of sum and mean over ${axes === undefined ? 'everything' : `axes ${String(axes)}`}${keep ? ', kept' : ''} spread evenly`, () => {
          const given = x();
          const list = axes as number | number[] | undefined;
          const reduced = tf.tidy(() => tf.sum(given, list, keep).shape);
          const weights = owned(wave(reduced, 4));
          const count = 6 / weights.size;
          const spread = owned(tf.tidy(() => {
            const kept = tf.sum(given, list, true).shape;
            return tf.add(tf.reshape(weights, kept), tf.zeros([1, 2, 3]));
          })); // prettier-ignore
          const gradient = (reduce: typeof tf.sum): tf.Tensor =>
            owned(tf.tidy(() => tf.grad((x) => tf.sum(tf.mul(reduce(x, list, keep), weights)))(given)));
          expect(difference(gradient(tf.sum), spread)).to.be.below(1e-7);
          expect(difference(gradient(tf.mean), owned(tf.div(spread, count)))).to.be.below(1e-7);
        });
      }
    }

    it('of a mean of integers and of second derivatives still work', () => {
      const second = tf.tidy(() =>
        tf.grad((x) => tf.sum(tf.grad((x) => tf.mean(tf.mul(tf.square(x), x)))(x)))(x()),
      );
      // d²/dx² of mean(x³) = 6x / 6
      expect(values(owned(second)).map((value) => Math.round(value * 1e5) / 1e5)).to.deep.equal([
        -1, 2, 0, 4, -5, 6,
      ]);
      expect(values(owned(tf.mean(owned(tf.tensor1d([1, 2], 'int32')))))).to.deep.equal([1.5]);
    });
  });

  describe('gather', () => {
    for (const axis of [0, 1, 2]) {
      it(`gives on axis ${axis} what plain tfjs gives, for floats and integers`, async () => {
        const compute = (): tf.Tensor[] =>
          tf.tidy(() => [
            tf.gather(wave([4, 5, 3]), integers([6], 3), axis),
            tf.gather(integers([4, 5, 3], 100), integers([2, 2], 3, 5), axis),
          ]);
        const expected = (await onPlainTfjs(compute)).map(owned);
        compute()
          .map(owned)
          .forEach((found, i) => expect(difference(found, expected[i]!)).to.equal(0));
      });
    }

    it('takes a negative axis, batch dimensions, scalars and no index at all', () => {
      const x = owned(tf.tensor2d([[1, 2, 3], [4, 5, 6]])); // prettier-ignore
      const index = (content: number[] | number[][]): tf.Tensor =>
        owned(tf.tensor(content, undefined, 'int32'));
      expect(values(owned(tf.gather(x, index([2, 0]) as tf.Tensor1D, -1)))).to.deep.equal([3, 1, 6, 4]);
      expect(values(owned(tf.gather(x, index([[2], [0]]) as tf.Tensor2D, 1, 1)))).to.deep.equal([3, 4]);
      expect(
        values(owned(tf.gather(x, owned(tf.scalar(1, 'int32')) as unknown as tf.Tensor1D))),
      ).to.deep.equal([4, 5, 6]);
      expect(owned(tf.gather(x, owned(tf.tensor1d([], 'int32')))).shape).to.deep.equal([0, 3]);
    });

    it('refuses an index out of range', () => {
      const x = owned(tf.tensor1d([1, 2]));
      expect(failure(() => tf.gather(x, owned(tf.tensor1d([2], 'int32'))))).to.match(/is not in \[0, 2\)/);
    });
  });

  describe('batch norm', () => {
    const inputs = (): [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D] => [
      owned(tf.tidy(() => tf.add<tf.Tensor4D>(tf.mul(wave([3, 4, 5, 2]), [2, 0.5]), 1))),
      owned(positive([2], 3)) as tf.Tensor1D,
      owned(wave([2], 4)) as tf.Tensor1D,
    ];
    const gradients = (norm: FourD): tf.Tensor[] =>
      tf.tidy(() => tf.grads((x, gamma, beta) => tf.sum(tf.mul(norm(x as tf.Tensor4D, gamma as tf.Tensor1D, beta as tf.Tensor1D), wave([3, 4, 5, 2], 9))))(inputs())); // prettier-ignore

    it('in training normalizes by the batch, and gives its mean and unbiased variance', () => {
      const x = owned(tf.tensor4d([1, 2, 3, 6], [2, 1, 2, 1]));
      const [gamma, beta] = [owned(tf.tensor1d([2])), owned(tf.tensor1d([10]))];
      const { y, mean, variance } = batchNormTraining(x, gamma, beta, 0);
      // mean 3, biased variance (4 + 1 + 0 + 9) / 4 = 3.5, unbiased 14 / 3
      expect(values(owned(mean))[0]).to.be.closeTo(3, 1e-6);
      expect(values(owned(variance))[0]).to.be.closeTo(14 / 3, 1e-5);
      values(owned(y)).forEach((value, i) =>
        expect(value).to.be.closeTo(10 + (2 * ([1, 2, 3, 6][i]! - 3)) / Math.sqrt(3.5), 1e-5),
      );
    });

    it('in training gives the values, statistics and gradients of the plain form', async () => {
      const train = (): tf.Tensor[] => tf.tidy(() => tensorsIn(batchNormTraining(...inputs(), 1e-3)));
      const slopes = (): tf.Tensor[] =>
        gradients((x, gamma, beta) => batchNormTraining(x, gamma, beta, 1e-3).y);
      const expected = (await onPlainTfjs(() => [...train(), ...slopes()])).map(owned);
      const found = [...train(), ...slopes()].map(owned);
      expect(found).to.have.length(6);
      found.forEach((tensor, i) => expect(difference(tensor, expected[i]!), `result ${i}`).to.be.below(5e-6));
    });

    it('with given statistics gives the values and gradients of the plain form', async () => {
      const norm: FourD = (x, gamma, beta) =>
        batchNormInference(x, gamma, beta, tf.tensor1d([0.5, 1]), tf.tensor1d([2, 0.3]), 1e-3);
      const compute = (): tf.Tensor[] => [tf.tidy(() => norm(...inputs())), ...gradients(norm)];
      const expected = (await onPlainTfjs(compute)).map(owned);
      const found = compute().map(owned);
      expect(found).to.have.length(4);
      found.forEach((tensor, i) => expect(difference(tensor, expected[i]!), `result ${i}`).to.be.below(5e-6));
    });
  });
});
