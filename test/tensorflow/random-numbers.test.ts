import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { needsNative } from '../backend.js';
import { compile, type CompileOptions } from '../../src/tensorflow/index.js';
import { failure, flatMemory, values } from './support.js';

describe('random numbers in compiled functions', () => {
  before(needsNative);
  const owned = flatMemory();
  const MANY = [40_000];

  const calls = (draw: () => tf.Tensor, times: number, options?: CompileOptions): number[][] => {
    const compiled = owned(compile(draw, options));
    return Array.from({ length: times }, () => values(owned(compiled())));
  };
  const mean = (numbers: number[]): number => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const deviation = (numbers: number[]): number => {
    const middle = mean(numbers);
    return Math.sqrt(mean(numbers.map((value) => (value - middle) ** 2)));
  };

  it('of randomUniform differ from call to call and keep to their range', () => {
    const [first, second] = calls(() => tf.randomUniform(MANY, -2, 6), 2) as [number[], number[]];
    expect(first).to.not.deep.equal(second);
    for (const numbers of [first, second]) {
      expect(Math.min(...numbers)).to.be.within(-2, -1.99);
      expect(Math.max(...numbers)).to.be.within(5.99, 6);
      expect(mean(numbers)).to.be.closeTo(2, 0.05);
      expect(deviation(numbers)).to.be.closeTo(8 / Math.sqrt(12), 0.05);
    }
  });

  it('of randomNormal have the mean and the deviation asked for', () => {
    const [first, second] = calls(() => tf.randomNormal(MANY, 3, 0.5), 2) as [number[], number[]];
    expect(first).to.not.deep.equal(second);
    expect(mean(first)).to.be.closeTo(3, 0.02);
    expect(deviation(first)).to.be.closeTo(0.5, 0.02);
    expect(Math.max(...first)).to.be.above(4.2);
  });

  it('of truncatedNormal lie within two deviations', () => {
    const [numbers] = calls(() => tf.truncatedNormal(MANY, 1, 2), 1) as [number[]];
    expect(Math.min(...numbers)).to.be.within(-3, -2.9);
    expect(Math.max(...numbers)).to.be.within(4.9, 5);
    expect(mean(numbers)).to.be.closeTo(1, 0.05);
    expect(deviation(numbers)).to.be.closeTo(2 * 0.88, 0.05);
  });

  for (const [low, high] of [
    [0, 10],
    [-5, 5],
    [0, 2],
    [100, 1_100],
    [7, 9],
  ] as const) {
    // prettier-ignore
    it(`of randomUniformInt from ${low} to ${high} are those integers`, () => {
      const numbers = new Set(calls(() => tf.randomUniformInt([20_000], low, high), 1)[0]);
      // tfjs cuts off towards 0: it never gives the lower end of a range that begins below 0.
      expect(Math.min(...numbers)).to.equal(low < 0 ? low + 1 : low);
      expect(Math.max(...numbers)).to.equal(high - 1);
      expect([...numbers].every(Number.isInteger)).to.equal(true);
    });
  }

  for (const shape of [[], [1], [2], [3]]) {
    it(`of a tensor of shape [${shape.join()}] are of the distribution asked for`, () => {
      const uniform = calls(() => tf.randomUniform(shape, 10, 20), 300).flat();
      expect(Math.min(...uniform)).to.be.within(10, 10.5);
      expect(Math.max(...uniform)).to.be.within(19.5, 20);
      const normal = calls(() => tf.randomNormal(shape, 5, 2), 300).flat();
      expect(mean(normal)).to.be.closeTo(5, 0.5);
      expect(deviation(normal)).to.be.closeTo(2, 0.4);
      expect(Math.max(...normal)).to.be.above(5 + 2 * 1.9);
      const integers = calls(() => tf.randomUniformInt(shape, 0, 6), 200).flat();
      expect([...new Set(integers)].sort()).to.deep.equal([0, 1, 2, 3, 4, 5]);
    });
  }

  it('of several generators of one call, and of neighboring calls, are independent', () => {
    const pair = owned(
      compile(() => [tf.randomNormal([2000]), tf.randomNormal([2000]), tf.randomNormal([2000])]),
    );
    const seen = Array.from({ length: 12 }, () => pair().map((tensor) => values(owned(tensor)))).flat();
    const keys = seen.map((numbers) => numbers.slice(0, 4).join());
    expect(new Set(keys).size).to.equal(36);
    const [a, b] = [seen[0]!, seen[1]!];
    expect(mean(a.map((value, i) => value * b[i]!))).to.be.closeTo(0, 0.1);
  });

  it('of dropout drop the share asked for, other elements at every call, and scale the rest', () => {
    const x = owned(tf.ones(MANY));
    const [first, second] = calls(() => tf.dropout(x, 0.25), 2) as [number[], number[]];
    expect(first).to.not.deep.equal(second);
    expect(mean(first.map((value) => (value === 0 ? 1 : 0)))).to.be.closeTo(0.25, 0.01);
    expect(first.every((value) => value === 0 || Math.abs(value - 4 / 3) < 1e-6)).to.equal(true);
  });

  it('of dropout give the gradient of the elements that stayed', () => {
    const x = owned(tf.ones([1000]));
    const both = owned(
      compile((x: tf.Tensor) => {
        const { value, grad } = tf.valueAndGrad((x) => tf.sum(tf.square(tf.dropout(x, 0.5))))(x);
        return { value, grad };
      }),
    );
    const { value, grad } = both(x);
    // d/dx (m x)² = 2 m² x with m = 0 or 2
    const kept = values(owned(grad)).filter((slope) => slope !== 0);
    expect(kept.every((slope) => slope === 8)).to.equal(true);
    expect(values(owned(value))[0]).to.equal(kept.length * 4);
    expect(kept.length).to.be.within(400, 600);
  });

  it('of tf.multinomial follow the probabilities', () => {
    const logits = owned(tf.tensor2d([[Math.log(0.2), Math.log(0.8)]]));
    const draw = (): tf.Tensor => tf.multinomial(logits, 5000);
    const [first, second] = calls(draw, 2) as [number[], number[]];
    expect(first).to.not.deep.equal(second);
    expect(mean(first)).to.be.closeTo(0.8, 0.03);
    expect(calls(draw, 2, { seed: 4 })).to.deep.equal(calls(draw, 2, { seed: 4 }));
  });

  it('with a seed of their own are the same at every call, and as in eager execution', () => {
    const draw = (): tf.Tensor =>
      tf.concat([tf.randomUniform([5], 0, 1, 'float32', 7), tf.randomNormal([5], 0, 1, 'float32', 7), tf.dropout(tf.ones([5]), 0.5, undefined, 7)]); // prettier-ignore
    const expected = values(owned(tf.tidy(draw)));
    const [first, second] = calls(() => tf.tidy(draw), 2) as [number[], number[]];
    expect(first).to.deep.equal(expected);
    expect(second).to.deep.equal(expected);
  });

  it('repeat themselves with the seed of compile()', () => {
    const draw = (): tf.Tensor => tf.tidy(() => tf.add(tf.randomNormal([3]), tf.randomUniform([3])));
    const first = calls(draw, 3, { seed: 11 });
    expect(calls(draw, 3, { seed: 11 })).to.deep.equal(first);
    expect(calls(draw, 3, { seed: 12 })).to.not.deep.equal(first);
    expect(calls(draw, 3)).to.not.deep.equal(calls(draw, 3));
  });

  it('of Math.random are frozen, and a note says so', () => {
    const notes: string[] = [];
    const numbers = calls(() => tf.fill([2], Math.random()), 2, {
      onNote: (note) => notes.push(note),
      name: 'noisy',
    });
    expect(numbers[0]).to.deep.equal(numbers[1]);
    expect(notes).to.deep.equal([
      'noisy: the function calls Math.random(), or lets tfjs do so (tf.rand, tf.util.shuffle): its value is frozen into the graph',
    ]);
  });

  it('leave Math.random as it was, also after an error', () => {
    const original = Math.random;
    calls(() => tf.randomNormal([3]), 1);
    failure(owned(compile(() => { throw new Error('midway'); }))); // prettier-ignore
    expect(Math.random).to.equal(original);
    expect(typeof Math.random()).to.equal('number');
  });

  it('of randomGamma are refused', () => {
    expect(failure(owned(compile(() => tf.randomGamma([3], 1, 1))))).to.match(
      /randomGamma without a seed is not available/,
    );
  });

  it('of a range or deviation of 0 are that number', () => {
    expect(calls(() => tf.randomNormal([2], 3, 0), 1)).to.deep.equal([[3, 3]]);
    expect(calls(() => tf.randomUniform([2], 5, 5), 1)).to.deep.equal([[5, 5]]);
    expect(calls(() => tf.truncatedNormal([2], -1, 0), 1)).to.deep.equal([[-1, -1]]);
  });

  it('that are booleans or rounded integers are what tfjs makes of them', () => {
    const [flags] = calls(() => tf.randomUniform([4000], 0, 2, 'bool'), 1) as [number[]];
    expect(mean(flags)).to.be.closeTo(0.5, 0.05);
    // tfjs cuts 0.7 off to 0, which is false.
    expect(mean(calls(() => tf.randomUniform([400], 0, 1, 'bool'), 1)[0]!)).to.equal(0);
    const [whole] = calls(() => tf.randomNormal(MANY, 0.25, 2, 'int32'), 1) as [number[]];
    expect(whole.every(Number.isInteger)).to.equal(true);
    expect(mean(whole)).to.be.closeTo(0.25, 0.05);
  });

  it('of integers far from 0 keep to their range', () => {
    const [numbers] = calls(() => tf.randomUniformInt(MANY, 2 ** 30, 2 ** 30 + 3), 1) as [number[]];
    expect([...new Set(numbers)].sort()).to.deep.equal([2 ** 30, 2 ** 30 + 1, 2 ** 30 + 2]);
  });

  it('that tf.rand or tf.util.shuffle drew are frozen, and a note says so', () => {
    const notes: string[] = [];
    const options = { onNote: (note: string) => notes.push(note), name: 'noisy' };
    calls(() => tf.rand([2], () => Math.random()), 1, options);
    calls(() => {
      const order = [0, 1, 2, 3];
      tf.util.shuffle(order);
      return tf.tensor1d(order);
    }, 1, options); // prettier-ignore
    calls(() => tf.multinomial(tf.tensor1d([0.5, 0.5, 1]), 3), 1, options);
    expect(notes.length).to.equal(2);
  });

  it('with a seed stay constant beside others without one, in any order', () => {
    const draw = (): tf.Tensor =>
      tf.tidy(() =>
        tf.stack([
          tf.randomUniform([3], 0, 1, 'float32', 'a'),
          tf.randomUniform([3]),
          tf.randomNormal([3], 0, 1, 'float32', 7),
          tf.randomNormal([3]),
          tf.concat([tf.randomUniform([0]), tf.truncatedNormal([3], 0, 1, 'float32', 9)]),
        ]),
      );
    const [first, second] = calls(draw, 2) as [number[], number[]];
    const eager = values(owned(draw()));
    const rows = (numbers: number[], ...indices: number[]): number[][] =>
      indices.map((row) => numbers.slice(3 * row, 3 * row + 3));
    expect(rows(first, 0, 2, 4)).to.deep.equal(rows(eager, 0, 2, 4));
    expect(rows(second, 0, 2, 4)).to.deep.equal(rows(eager, 0, 2, 4));
    expect(rows(first, 1)).to.not.deep.equal(rows(second, 1));
    expect(rows(first, 3)).to.not.deep.equal(rows(second, 3));
  });
});
