import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { needsNative } from '../backend.js';
import { block, type BlockSize, blockWeights } from '../../bench/transformer/block.js';
import { compile, type Precision } from '../../src/tensorflow/index.js';
import { allowed, FORMATS, UNIT, lossCurve } from './low-precision.js';
import { difference, flatMemory, gradientOf, values, wave } from './support.js';

const SIZE: BlockSize = { width: 16, heads: 2, hidden: 64 };

describe('precision of matrix products', () => {
  before(needsNative);
  const owned = flatMemory();

  const bfloat16 = <Args extends tf.Tensor[], Result>(fn: (...args: Args) => Result) =>
    owned(
      compile<Args, Result>((...args) => tf.tidy(() => fn(...args) as tf.TensorContainer) as Result, {
        precision: 'bfloat16',
      }),
    );
  /** A matrix with one value everywhere. */
  const filled = (value: number, shape: [number, number] = [2, 2]): tf.Tensor2D =>
    owned(tf.fill<tf.Rank.R2>(shape, value));
  const identity = (): tf.Tensor2D => owned(tf.eye(2));
  const firstOf = (tensor: tf.Tensor): number => values(owned(tensor))[0]!;

  /** Two blocks and a head over the mean of the tokens. */
  const transformer = () => {
    let seed = 10;
    const draw = (shape: [number, number]): tf.Tensor =>
      tf.mul(wave(shape, seed++), 1.5 / Math.sqrt(shape[0]));
    const weights = [blockWeights(SIZE, draw), blockWeights(SIZE, draw)] as const;
    const head = tf.tidy(() => tf.variable(draw([SIZE.width, 4])));
    const variables = [...weights.flatMap((block) => Object.values(block)), head].map(owned);
    const logits = (tokens: tf.Tensor3D): tf.Tensor2D => {
      const seen = weights.reduce<tf.Tensor3D>((tokens, weights) => block(tokens, SIZE, weights), tokens);
      return tf.matMul(tf.mean<tf.Tensor2D>(seen, 1), head);
    };
    return { logits, variables };
  };

  for (const precision of FORMATS) {
    it(`${precision} rounds a transformer to its digits, and no more`, () => {
      const { logits } = transformer();
      const x = owned(wave([4, 9, SIZE.width], 7)) as tf.Tensor3D;
      const exact = owned(tf.tidy(() => logits(x)));
      const low = owned(owned(compile((x: tf.Tensor3D) => tf.tidy(() => logits(x)), { precision }))(x));
      expect(low.dtype).to.equal('float32');
      expect(difference(low, exact)).to.be.within(0.01 * UNIT[precision], allowed(precision));
    });

    it(`${precision} takes stacks of matrices and all gradients of products`, () => {
      for (const [a, b, transposeA, transposeB] of [
        [[3, 5], [5, 4], false, false],
        [[5, 3], [5, 4], true, false],
        [[2, 3, 5], [2, 4, 5], false, true],
        [[2, 2, 5, 3], [2, 2, 4, 5], true, true],
      ] as const) {
        const run = gradientOf((a, b) => tf.square(tf.matMul(a, b, transposeA, transposeB)));
        const args = [owned(wave([...a], 1)), owned(wave([...b], 2))];
        const exact = tf.tidy(() => run(...args)).map(owned);
        const low = owned(compile((...args: tf.Tensor[]) => tf.tidy(() => run(...args)), { precision }))(
          ...args,
        );
        low.forEach((gradient, i) =>
          expect(difference(owned(gradient), exact[i]!), `[${a.join()}] · [${b.join()}]`).to.be.within(
            0.01 * UNIT[precision],
            2 * allowed(precision),
          ),
        );
      }
    });
  }

  it('leaves products of integers as they are', () => {
    const integers = owned(tf.fill<tf.Rank.R2>([2, 2], 1001, 'int32'));
    const product = bfloat16((x: tf.Tensor2D) => tf.matMul(x, tf.cast(tf.eye(2), 'int32')));
    expect(firstOf(product(integers))).to.equal(1001);
  });

  // 257 needs nine digits, bfloat16 has eight.
  it('adds the bias of a dense layer and both sides of a skip in 16 bits', () => {
    const both = bfloat16((x: tf.Tensor2D, one: tf.Tensor2D, unit: tf.Tensor2D, bias: tf.Tensor) => {
      const product = tf.matMul(x, unit);
      return [tf.add(product, bias), tf.add(product, tf.matMul(one, unit))];
    });
    const sums = both(filled(256), filled(1), identity(), owned(tf.ones([2])));
    expect(sums.map(firstOf)).to.deep.equal([256, 256]);
  });

  it('adds to what is in float32, single numbers and positions in float32', () => {
    const sums = bfloat16((x: tf.Tensor2D, unit: tf.Tensor2D, positions: tf.Tensor) => {
      const product = tf.matMul(x, unit);
      return [tf.add(product, positions), tf.add(product, 1)];
    })(filled(256), identity(), filled(1));
    expect(sums.map(firstOf)).to.deep.equal([257, 257]);
  });

  it('follows through what only moves values, and through a factor', () => {
    const moved: Record<string, (x: tf.Tensor2D) => tf.Tensor> = {
      reshape: (x) => tf.reshape(x, [4]),
      transpose: (x) => tf.transpose(x),
      split: (x) => tf.split(x, 2, 1)[1]!,
      unstack: (x) => tf.unstack(x)[1]!,
      concat: (x) => tf.concat([x, x], 1),
      stack: (x) => tf.stack([x, x]),
      tile: (x) => tf.tile(x, [2, 2]),
      'strided slice': (x) => tf.stridedSlice(x, [0, 0], [2, 2], [1, 2]),
      factor: (x) => tf.mul(1, x),
      quotient: (x) => tf.div(x, 1),
    };
    for (const [name, move] of Object.entries(moved)) {
      const sum = bfloat16((x: tf.Tensor2D, one: tf.Tensor2D, unit: tf.Tensor2D) =>
        tf.add(move(tf.matMul(x, unit)), move(tf.matMul(one, unit))),
      );
      expect(firstOf(sum(filled(256), filled(1), identity())), name).to.equal(256);
    }
  });

  it('multiplies by numbers that are not known, or have no place in float16, in float32', () => {
    const unit = owned(tf.eye(2));
    const scaled = owned(
      compile(
        (x: tf.Tensor2D, factor: tf.Scalar) =>
          tf.tidy(() => {
            const product = tf.matMul<tf.Tensor2D>(x, unit);
            return [tf.mul(product, factor), tf.div(product, 2 ** 18), tf.mul(product, 1e-9)];
          }),
        { precision: 'float16' },
      ),
    )(filled(2 ** 15), owned(tf.scalar(2 ** 18)));
    const expected = [2 ** 33, 2 ** -3, Math.fround(2 ** 15 * Math.fround(1e-9))];
    expect(scaled.map(firstOf)).to.deep.equal(expected);
  });

  it('multiplies activations by each other, and divides by them, in float32', () => {
    const one = 1 + 2 ** -7; // squared: 1 + 2⁻⁶ + 2⁻¹⁴
    const both = bfloat16((x: tf.Tensor2D, unit: tf.Tensor2D) => {
      const product = tf.matMul(x, unit);
      return [tf.mul(product, product), tf.div(1, product)];
    })(filled(one), identity());
    expect(both.map(firstOf)).to.deep.equal([one * one, Math.fround(1 / one)]);
  });

  it('computes softmax and the statistics of layer norm in float32', () => {
    const x = owned(wave([4, 8], 3)) as tf.Tensor2D;
    const unit = owned(tf.eye(8));
    const parts = (x: tf.Tensor2D): tf.Tensor[] => [tf.softmax(x), tf.mean(x, 1), tf.moments(x, 1).variance];
    const low = bfloat16((x: tf.Tensor2D, unit: tf.Tensor2D) => parts(tf.matMul(x, unit)))(x, unit);
    // The product is x, rounded: what follows must be as exact as on that.
    const rounded = owned(
      bfloat16((x: tf.Tensor2D, unit: tf.Tensor2D) => tf.matMul<tf.Tensor2D>(x, unit))(x, unit),
    );
    const exact = tf.tidy(() => parts(rounded)).map(owned);
    low.forEach((part, i) => expect(difference(owned(part), exact[i]!)).to.be.below(1e-6));
  });

  it('sums gradients of weights in float32, however the layer multiplies', () => {
    const layers: Record<string, (x: tf.Tensor2D, weights: tf.Tensor2D) => tf.Tensor> = {
      'x·W': (x, weights) => tf.matMul(x, weights),
      'x·Wᵀ': (x, weights) => tf.matMul(x, weights, false, true),
      fused: (a, b) => tf.fused.matMul({ a, b }),
    };
    for (const [name, layer] of Object.entries(layers)) {
      const sum = bfloat16((many: tf.Tensor2D, one: tf.Tensor2D, weights: tf.Tensor2D) => {
        const gradient = (x: tf.Tensor2D): tf.Tensor =>
          tf.grad((weights) => tf.sum(layer(x, weights as tf.Tensor2D)))(weights);
        return tf.add(gradient(many), gradient(one));
      });
      // Of two rows each: 2·128 + 2·0.5.
      expect(firstOf(sum(filled(128), filled(0.5), identity())), name).to.equal(257);
    }
  });

  it('the loss of a transformer over 50 training steps in bfloat16 stays close to that in float32', () => {
    const x = owned(wave([8, 9, SIZE.width], 7)) as tf.Tensor3D;
    const labels = owned(tf.tidy(() => tf.oneHot(tf.tensor1d([0, 1, 2, 3, 0, 1, 2, 3], 'int32'), 4)));
    const rate = owned<tf.Scalar>(tf.scalar(0.02));
    const given = { x, labels, rate };
    const curve = (precision: Precision): number[] => lossCurve(owned, transformer(), given, precision);
    const [exact, low] = [curve('float32'), curve('bfloat16')];
    expect(exact[49]).to.be.below(0.5 * exact[0]!);
    // 2 % of the first loss at every step.
    low.forEach((loss, i) => expect(Math.abs(loss - exact[i]!), `step ${i}`).to.be.below(0.02 * exact[0]!));
    expect(low.some((loss, i) => loss !== exact[i])).to.equal(true);
  });
});
