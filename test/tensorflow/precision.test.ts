import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { needsNative } from '../backend.js';
import {
  batchNormTraining,
  compile,
  inFloat32,
  inPrecision,
  type Precision,
  usefulPrecision,
} from '../../src/tensorflow/index.js';
import { lowPrecisionRule, LOW_PRECISION_OPS } from '../../src/tensorflow/native/graph/precision.js';
import { allowed, FORMATS, UNIT, lossCurve } from './low-precision.js';
import { compiledDifference, difference, flatMemory, values, wave } from './support.js';

describe('usefulPrecision', () => {
  it('is what was asked for where that is faster than float32: bfloat16 by processor, float16 on a GPU', () => {
    const all: Precision[] = ['float32', 'bfloat16', 'float16'];
    const on = (device: 'cpu' | 'gpu', bfloat16: boolean) =>
      all.map((asked) => usefulPrecision(asked, { device, bfloat16 }));
    expect(on('cpu', false)).to.deep.equal(['float32', 'float32', 'float32']);
    expect(on('cpu', true)).to.deep.equal(['float32', 'bfloat16', 'float32']);
    expect(on('gpu', true)).to.deep.equal(all);
  });
});

describe('precision of compiled functions', () => {
  before(needsNative);
  const owned = flatMemory();

  const weight = (shape: number[], seed: number, scale = 0.3): tf.Variable =>
    owned(tf.tidy(() => tf.variable(tf.mul(wave(shape, seed), scale))));

  /** conv, batch norm, relu, pool, conv with a skip, mean, dense. */
  const network = () => {
    const weights = [weight([3, 3, 3, 8], 1), weight([3, 3, 8, 8], 2, 0.15), weight([8, 4], 3)] as const;
    const [gamma, beta] = [weight([8], 4), weight([8], 5)];
    gamma.assign(owned(tf.ones([8])));
    const logits = (x: tf.Tensor4D): tf.Tensor2D => {
      const [first, second, head] = weights as unknown as [tf.Tensor4D, tf.Tensor4D, tf.Tensor2D];
      const { y } = batchNormTraining(tf.conv2d(x, first, 1, 'same'), gamma as unknown as tf.Tensor1D, beta as unknown as tf.Tensor1D, 1e-5); // prettier-ignore
      const pooled = tf.maxPool(tf.relu(y), 2, 2, 'same');
      const skipped = tf.relu(tf.add(pooled, tf.conv2d(pooled, second, 1, 'same')));
      return tf.matMul(tf.mean(skipped, [1, 2]), head);
    };
    return { logits, variables: [...weights, gamma, beta] };
  };

  for (const precision of FORMATS) {
    it(`${precision} rounds the forward pass to its digits, and no more`, () => {
      const { logits } = network();
      const x = owned(wave([4, 12, 12, 3], 7)) as tf.Tensor4D;
      const exact = owned(tf.tidy(() => logits(x)));
      const low = owned(owned(compile((x: tf.Tensor4D) => tf.tidy(() => logits(x)), { precision }))(x));
      expect(low.dtype).to.equal('float32');
      const distance = difference(low, exact);
      expect(distance).to.be.above(0.01 * UNIT[precision]);
      expect(distance).to.be.below(allowed(precision));
    });

    it(`${precision} rounds the operands of a convolution, not what is around it`, () => {
      const one = 1 + UNIT[precision] / 2;
      const x = owned<tf.Tensor4D>(tf.fill([1, 1, 1, 1], one));
      const kernel = owned<tf.Tensor4D>(tf.ones([1, 1, 1, 1]));
      const both = owned(
        compile((x: tf.Tensor4D) => [tf.conv2d(x, kernel, 1, 'same'), tf.mul(x, 1)], { precision }),
      );
      const [convolved, multiplied] = both(x).map((tensor) => values(owned(tensor))[0]);
      expect(convolved).to.equal(1);
      expect(multiplied).to.equal(Math.fround(one));
    });
  }

  it('adds the two sides of a skip in 16 bits', () => {
    const kernel = owned<tf.Tensor4D>(tf.ones([1, 1, 1, 1]));
    const convolved = (value: number): tf.Tensor =>
      tf.conv2d(tf.fill<tf.Rank.R4>([1, 1, 1, 1], value), kernel, 1, 'same');
    const skip = owned(
      compile(() => tf.tidy(() => tf.add(convolved(256), convolved(1))), { precision: 'bfloat16' }),
    );
    // 257 needs nine digits, bfloat16 has eight.
    expect(values(owned(skip()))[0]).to.equal(256);
  });

  it('adds to what is in float32, and gradients of weights, in float32', () => {
    const x = owned<tf.Tensor4D>(tf.fill([1, 1, 1, 1], 256));
    const kernel = owned<tf.Tensor4D>(tf.ones([1, 1, 1, 1]));
    const sums = owned(
      compile(
        (x: tf.Tensor4D) =>
          tf.tidy(() => {
            const once = (kernel: tf.Tensor): tf.Scalar =>
              tf.sum(tf.conv2d(x, kernel as tf.Tensor4D, 1, 'same'));
            const gradient = tf.grad(once)(kernel);
            const one = tf.grad((kernel) =>
              tf.sum(tf.conv2d(tf.div<tf.Tensor4D>(x, 256), kernel as tf.Tensor4D, 1, 'same')),
            );
            return [tf.add(tf.conv2d(x, kernel, 1, 'same'), 1), tf.add(gradient, one(kernel))];
          }),
        { precision: 'bfloat16' },
      ),
    );
    expect(sums(x).map((sum) => values(owned(sum))[0])).to.deep.equal([257, 257]);
  });

  it('the loss over 50 training steps in bfloat16 stays close to that in float32', () => {
    const x = owned(wave([8, 12, 12, 3], 7)) as tf.Tensor4D;
    const labels = owned(tf.tidy(() => tf.oneHot(tf.tensor1d([0, 1, 2, 3, 0, 1, 2, 3], 'int32'), 4)));
    const rate = owned<tf.Scalar>(tf.scalar(0.05));
    const given = { x, labels, rate };
    const curve = (precision: Precision): number[] => lossCurve(owned, network(), given, precision);
    const [exact, low] = [curve('float32'), curve('bfloat16')];
    expect(exact[49]).to.be.below(0.5 * exact[0]!);
    // 2 % of the first loss at every step.
    low.forEach((loss, i) => expect(Math.abs(loss - exact[i]!), `step ${i}`).to.be.below(0.02 * exact[0]!));
    expect(low.some((loss, i) => loss !== exact[i])).to.equal(true);
  });

  it('keeps variables, statistics, reductions and losses in float32', () => {
    const rule = (op: string, low: number[]) => lowPrecisionRule({ op }, (input) => low.includes(input));
    for (const op of ['Softmax', 'LogSoftmax', 'Sum', 'Mean', 'Exp', 'Erf', 'Sub', 'ResourceApplyMomentum']) {
      expect(rule(op, [0, 1, 2]), op).to.equal(undefined);
    }
    expect(rule('Conv2D', [])!.inputs).to.deep.equal([0, 1]);
    expect(rule('FusedBatchNormV3', [0])).to.deep.equal({ inputs: [0], outputs: [0] });
    expect(rule('Relu', [])).to.equal(undefined);
    expect(rule('BatchMatMulV2', [])!.inputs).to.deep.equal([0, 1]);
    expect(LOW_PRECISION_OPS.gain).to.include.members(['Conv2D', 'MatMul']);
    expect(LOW_PRECISION_OPS.follow).to.include('Relu');
  });

  it('takes depthwise convolutions and their gradients', () => {
    const x = owned(wave([2, 6, 6, 3])) as tf.Tensor4D;
    const kernel = owned(wave([3, 3, 3, 2], 3)) as tf.Tensor4D;
    const run = (x: tf.Tensor4D, kernel: tf.Tensor4D): tf.Tensor[] =>
      tf.tidy(() => tf.grads((x, kernel) => tf.sum(tf.square(tf.depthwiseConv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, 1, 'same'))))([x, kernel])); // prettier-ignore
    const exact = run(x, kernel).map(owned);
    const low = owned(compile(run, { precision: 'bfloat16' }))(x, kernel).map(owned);
    low.forEach((gradient, i) =>
      expect(difference(gradient, exact[i]!)).to.be.within(1e-6, 8 * UNIT.bfloat16),
    );
  });

  it('is float32 for what is asked to stay in it', () => {
    const x = owned(wave([16, 64]));
    const product = (): tf.Tensor => tf.matMul(x, x, false, true);
    const worst = (fn: () => tf.Tensor): number => compiledDifference(fn, [], { precision: 'bfloat16' });
    expect(worst(() => inFloat32(product))).to.be.at.most(1e-6);
    expect(worst(product)).to.be.above(1e-4);
  });

  it('is another one for a part that is asked in it', () => {
    const x = owned(wave([16, 64]));
    const product = (): tf.Tensor => tf.matMul(x, x, false, true);
    const run = (fn: () => tf.Tensor, precision: Precision = 'float32'): number[] =>
      values(owned(owned(compile(fn, { precision }))()));
    const [exact, low, half] = (['float32', 'bfloat16', 'float16'] as const).map((precision) =>
      run(product, precision),
    );
    const asked = (precision: Precision) => (): tf.Tensor => inPrecision(precision, product);
    expect(run(asked('bfloat16'))).to.deep.equal(low);
    expect(run(asked('float16'))).to.deep.equal(half);
    expect(run(asked('float16'), 'bfloat16'), 'two kinds in one function').to.deep.equal(half);
    expect(
      run(() => inPrecision('bfloat16', () => inFloat32(product))),
      'the innermost',
    ).to.deep.equal(exact);
    expect(run(() => inPrecision('float16', () => inPrecision('bfloat16', product)))).to.deep.equal(low);
    // What stands beside it, and what comes after a part that failed, is as the function.
    expect(run(() => tf.tidy(() => tf.stack([product(), asked('bfloat16')(), product()])))).to.deep.equal([
      ...exact!,
      ...low!,
      ...exact!,
    ]);
    const failing = (): void => {
      throw new Error('no');
    };
    expect(
      run(() => {
        expect(() => inPrecision('bfloat16', failing)).to.throw('no');
        return product();
      }),
    ).to.deep.equal(exact);
  });

  it('folds batch norms into convolutions of such a part', () => {
    const x = owned(wave([2, 8, 8, 4])) as tf.Tensor4D;
    const kernel = owned(wave([3, 3, 4, 8], 3)) as tf.Tensor4D;
    const [mean, variance] = [owned(tf.zeros<tf.Rank.R1>([8])), owned(tf.fill<tf.Rank.R1>([8], 2))];
    const block = (x: tf.Tensor4D): tf.Tensor =>
      tf.tidy(() => tf.relu(tf.batchNorm(tf.conv2d(x, kernel, 1, 'same'), mean, variance)));
    const of = (fn: (x: tf.Tensor4D) => tf.Tensor, precision: Precision): tf.Tensor =>
      owned(owned(compile(fn, { precision }))(x));
    const asked = of((x) => inPrecision('bfloat16', () => block(x)), 'float32');
    expect(values(asked)).to.deep.equal(values(of(block, 'bfloat16')));
    expect(difference(asked, of(block, 'float32'))).to.be.within(1e-5, 4 * UNIT.bfloat16);
  });
});
