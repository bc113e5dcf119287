import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { needsNative } from '../backend.js';
import { collectGarbage, collectUntil } from '../garbage.js';
import { applyMomentum, compile } from '../../src/tensorflow/index.js';
import { flatMemory, tensorsInUse, wave } from './support.js';

const MB = 2 ** 20;

describe('memory of compiled functions', () => {
  before(needsNative);
  const owned = flatMemory();

  const residentMB = (): number => {
    collectGarbage();
    return process.memoryUsage().rss / MB;
  };

  /**
   * Whether so many calls add less than 8 MB, at the third try at last: a leak adds every time, while the heap settles
   * from the tests before.
   */
  const isFlat = (calls: number, call: () => void): boolean =>
    [1, 2, 3].some(() => {
      const before = residentMB();
      for (let i = 0; i < calls; i++) call();
      return residentMB() - before < 8;
    });

  it('is flat over 1,000 calls with temporaries, variables and results', () => {
    const v = owned(tf.tidy(() => tf.variable(wave([64, 64]))));
    const slot = owned(tf.tidy(() => tf.variable(tf.zeros([64, 64]))));
    const x = owned(wave([64, 64], 2));
    const rate = owned<tf.Scalar>(tf.scalar(1e-4));
    const step = owned(
      compile((x: tf.Tensor) =>
        tf.tidy(() => {
          const { value, grads } = tf.variableGrads(
            () => tf.mean<tf.Scalar>(tf.square(tf.matMul(x, v))),
            [v],
          );
          applyMomentum(v, slot, grads[v.name]!, rate, 0.9);
          return [value, tf.randomNormal([32, 32])];
        }),
      ),
    );
    const pixels = { pixels: new Uint8Array(4096), shape: [64, 64] };
    const look = owned(compile((bytes: unknown) => tf.mean(tf.cast(bytes as tf.Tensor, 'float32'))));
    const call = (): void => {
      tf.dispose(step(x));
      look(pixels).dispose();
    };
    for (let warmUp = 0; warmUp < 100; warmUp++) call();
    const inUse = tensorsInUse();
    const { numDataBuffers } = tf.memory();
    const flat = isFlat(1000, call);
    expect(tensorsInUse()).to.deep.equal(inUse);
    expect(tf.memory().numDataBuffers).to.equal(numDataBuffers);
    // One 64 × 64 tensor left behind a call would be 16 MB.
    expect(flat).to.equal(true);
    expect(step.traces() + look.traces()).to.equal(2);
  });

  it('of variables that eager code reads and assigns between calls is flat', () => {
    const v = owned(tf.tidy(() => tf.variable(wave([64, 64]))));
    const grow = owned(compile(() => tf.tidy(() => void v.assign(tf.mul(v, 0.99)))));
    const call = (): void => {
      grow();
      v.dataSync();
      const copy = tf.clone(v);
      grow();
      tf.tidy(() => v.assign(tf.add(v, 0.1)));
      copy.dispose();
    };
    for (let warmUp = 0; warmUp < 50; warmUp++) call();
    const inUse = tensorsInUse();
    const flat = isFlat(500, call);
    expect(tensorsInUse()).to.deep.equal(inUse);
    expect(flat).to.equal(true);
  });

  it('comes back when functions are disposed of, and traced anew', () => {
    const v = owned(tf.tidy(() => tf.variable(wave([200, 200]))));
    const large = owned(wave([200, 200], 3));
    const x = owned(tf.scalar(2));
    const step = compile((x: tf.Tensor) => tf.tidy(() => {
      v.assign(tf.add(tf.mul(v, 0.5), tf.mul(large, x)));
      return tf.sum(v);
    })); // prettier-ignore
    const round = (): void => {
      step(x).dispose();
      step.dispose();
    };
    for (let warmUp = 0; warmUp < 5; warmUp++) round();
    const inUse = tensorsInUse();
    const before = residentMB();
    for (let i = 0; i < 60; i++) round();
    expect(tensorsInUse()).to.deep.equal(inUse);
    // A variable and a captured tensor kept by every trace would be 19 MB.
    expect(residentMB() - before).to.be.below(12);
  });

  it('of functions that nobody can call any more is freed', async () => {
    const v = owned(tf.tidy(() => tf.variable(wave([10, 10]))));
    const drop = (): void => {
      const large = wave([200, 200], 5);
      const step = compile((x: tf.Tensor) =>
        tf.tidy(() => void v.assign(tf.mul(v, tf.mean(tf.mul(large, x))))),
      );
      tf.tidy(() => step(tf.scalar(2)));
      large.dispose();
    };
    const before = tensorsInUse().tfjs;
    for (let i = 0; i < 10; i++) drop();
    expect(tensorsInUse().tfjs).to.equal(before + 10);
    await collectUntil(() => tensorsInUse().tfjs <= before);
    expect(tensorsInUse().tfjs).to.equal(before);
  });

  it('of a large array made inside is about that of the array', () => {
    const array = (): Float32Array => Float32Array.from({ length: 16 * MB }, (_, i) => i % 1000);
    const look = owned(compile((x: tf.Tensor) => tf.tidy(() => tf.sum(tf.mul(tf.tensor1d(array()), x)))));
    const x = owned(tf.scalar(2));
    const before = residentMB();
    look(x).dispose();
    look(x).dispose();
    // The array has 64 MB, and so has the product of a call.
    expect(residentMB() - before).to.be.below(200);
  });
});
