import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { needsNative } from '../backend.js';
import { compile } from '../../src/tensorflow/index.js';
import { failure, flatMemory, values } from './support.js';

describe('errors of compiled functions', () => {
  before(needsNative);
  const owned = flatMemory();
  const vector = (): tf.Tensor1D => owned(tf.tensor1d([3, 1, 2]));
  const message = (fn: (x: tf.Tensor1D) => unknown): string => failure(() => owned(compile(fn))(vector()));

  it('name the operation whose value the function reads', () => {
    expect(message((x) => tf.tidy(() => tf.sum(tf.square(x)).dataSync()))).to.match(
      /reads the value of Sum .*dataSync/,
    );
    expect(message((x) => x.arraySync())).to.match(/reads the value of argument/);
    expect(message((x) => (tf.max(x).dataSync()[0]! > 1 ? tf.ones([1]) : x))).to.match(
      /reads the value of Max/,
    );
  });

  it('name the operation whose output has a shape that depends on data', () => {
    expect(message((x) => tf.unique(x).values)).to.match(/output of UniqueV2 depends on data/);
    const boxes = owned(tf.tensor2d([[0, 0, 1, 1]]));
    expect(message((x) => tf.image.nonMaxSuppression(boxes, tf.slice(x, 0, 1), 3))).to.match(/output of NonMaxSuppressionV3 depends on data/); // prettier-ignore
  });

  it('say that asynchronous functions are not taken, and leave no rejection unhandled', async () => {
    const rejections: unknown[] = [];
    const note = (reason: unknown): void => void rejections.push(reason);
    process.on('unhandledRejection', note);
    try {
      expect(message((x) => tf.whereAsync(tf.greater(x, 1)))).to.match(/async/);
      expect(message(async (x) => tf.add(await Promise.resolve(x), 1))).to.match(/async/);
      expect(message((x) => x.data())).to.match(/async/);
      await new Promise((resolve) => setTimeout(resolve, 20));
    } finally {
      process.off('unhandledRejection', note);
    }
    expect(rejections).to.deep.equal([]);
  });

  it('leave no trace: the next function compiles, eager code and memory are as before', () => {
    const x = vector();
    for (let i = 0; i < 3; i++) {
      expect(
        message((x) =>
          tf.tidy(() => {
            tf.grad((x) => {
              tf.keep(tf.clone(x)).dispose();
              throw new Error('deep inside');
            })(x);
          }),
        ),
      ).to.equal('deep inside');
      expect(values(owned(tf.mul(x, 2)))).to.deep.equal([6, 2, 4]);
      expect(values(owned(owned(compile((x: tf.Tensor) => tf.mul(x, 3)))(x)))).to.deep.equal([9, 3, 6]);
      expect(values(owned(tf.tidy(() => tf.grad((x) => tf.sum(tf.square(x)))(x))))).to.deep.equal([6, 2, 4]);
    }
    expect(Object.keys(tf.backend())).to.not.include.members(['getInputTensorIds', 'write']);
    expect(Object.keys(tf.engine())).to.not.include('makeVariable');
  });

  it('of shapes that do not fit name the operation', () => {
    expect(message((x) => tf.matMul(x, tf.ones([2, 2])))).to.match(/MatMul/);
  });

  it('at run time name the function and the operation', () => {
    const table = owned(tf.tensor1d([1, 2, 3]));
    const look = owned(compile((i: tf.Tensor1D) => tf.add(tf.gather(table, i), 1), { name: 'look' }));
    const [good, bad] = [owned(tf.tensor1d([2], 'int32')), owned(tf.tensor1d([5], 'int32'))];
    expect(values(owned(look(good)))).to.deep.equal([4]);
    expect(failure(() => look(bad))).to.match(/look: op GatherV2: .*indices\[0\] = 5 is not in \[0, 3\)/);
    expect(values(owned(look(good)))).to.deep.equal([4]);
  });

  it('at run time leave variables with the values they had', () => {
    const v = owned(tf.tidy(() => tf.variable(tf.tensor1d([1, 2]))));
    const take = owned(
      compile((i: tf.Tensor1D) => tf.tidy(() => void v.assign(tf.add(v, tf.sum(tf.gather(v, i)))))),
    );
    take(owned(tf.tensor1d([0], 'int32')));
    expect(values(v)).to.deep.equal([2, 3]);
    expect(failure(() => take(owned(tf.tensor1d([9], 'int32'))))).to.match(/GatherV2/);
    expect(values(v)).to.deep.equal([2, 3]);
    take(owned(tf.tensor1d([1], 'int32')));
    expect(values(v)).to.deep.equal([5, 6]);
  });

  it('say where a result may not stand', () => {
    class Box {
      constructor(readonly content: unknown) {}
    }
    expect(message((x) => new Box(tf.mul(x, 2)))).to.match(
      /returns a tensor inside of an object of class Box/,
    );
    expect(message((x) => ({ all: [new Set([tf.mul(x, 2)])] }))).to.match(/inside of an object of class Set/);
    expect(message(() => ({ pixels: new Uint8Array(3), shape: [3] }))).to.match(/returns bytes/);
    expect(message(() => new Box(3))).to.equal('nothing was thrown');
  });
});
