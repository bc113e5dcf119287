import { expect } from 'chai';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { needsNative } from '../backend.js';
import { compile } from '../../src/tensorflow/index.js';
import { failure, flatMemory, values } from './support.js';

/** What compile() is where it does not compile. */
function isTheFunction(): void {
  it('runs the function itself at every call', () => {
    let calls = 0;
    const twice = compile((x: tf.Tensor) => {
      calls++;
      return tf.mul(x, 2);
    });
    const x = tf.tensor1d([1, 2]);
    const results = [twice(x), twice(x)];
    expect(calls).to.equal(2);
    expect(twice.traces()).to.equal(0);
    expect(results.map((result) => values(result))).to.deep.equal([[2, 4], [2, 4]]); // prettier-ignore
    twice.dispose();
    tf.dispose([x, ...results]);
  });

  it('lets it read values', () => {
    const x = tf.tensor1d([1, 2]);
    expect(compile((x: tf.Tensor) => x.dataSync()[1])(x)).to.equal(2);
    x.dispose();
  });

  it('makes int32 tensors of bytes, and frees them also when the function throws', () => {
    const before = tf.memory().numTensors;
    const bytes = { pixels: Uint8Array.of(1, 2, 255), shape: [3] };
    const sum = compile((image: unknown) => tf.sum(image as tf.Tensor));
    const total = sum(bytes);
    expect([total.dtype, ...values(total)]).to.deep.equal(['int32', 258]);
    total.dispose();
    expect(tf.memory().numTensors).to.equal(before);
    expect(failure(() => compile(() => { throw new Error('no'); })(...([bytes] as unknown as [])))).to.equal('no'); // prettier-ignore
    expect(tf.memory().numTensors).to.equal(before);
    const same = compile((image: unknown) => image as tf.Tensor)(bytes);
    expect(values(same)).to.deep.equal([1, 2, 255]);
    same.dispose();
    expect(failure(() => sum({ ...bytes, shape: [2] }))).to.match(/pixels: expected 2 bytes/);
    expect(tf.memory().numTensors).to.equal(before);
  });
}

describe('compile on plain tfjs', () => {
  before(async () => void (await tf.setBackend('cpu')));
  isTheFunction();
});

describe('compile with CAMTUNE_EAGER=1', () => {
  before(needsNative);
  flatMemory();
  before(() => void (process.env['CAMTUNE_EAGER'] = '1'));
  after(() => void delete process.env['CAMTUNE_EAGER']);
  isTheFunction();
});

describe('compile on a backend that changes', () => {
  before(needsNative);
  after(async () => void (await tf.setBackend('tensorflow')));

  it('follows it', async () => {
    const double = compile((x: tf.Tensor) => tf.mul(x, 2));
    for (const [backend, traces] of [
      ['tensorflow', 1],
      ['cpu', 1],
      ['tensorflow', 1],
    ] as const) {
      // prettier-ignore
      await tf.setBackend(backend);
      const x = tf.scalar(4);
      const y = double(x);
      expect(values(y)).to.deep.equal([8]);
      expect(double.traces()).to.equal(traces);
      tf.dispose([x, y]);
    }
    double.dispose();
  });
});

describe('compile while every operation is watched', () => {
  before(needsNative);
  const owned = flatMemory();

  it('runs the function itself in debug mode', () => {
    const twice = owned(compile((x: tf.Tensor) => tf.mul(x, 2)));
    const x = owned(tf.tensor1d([1, 2]));
    const { log } = console;
    console.log = () => undefined;
    tf.env().set('DEBUG', true);
    try {
      expect(values(owned(twice(x)))).to.deep.equal([2, 4]);
    } finally {
      tf.env().set('DEBUG', false);
      console.log = log;
    }
    expect(twice.traces()).to.equal(0);
    expect(values(owned(twice(x)))).to.deep.equal([2, 4]);
    expect(twice.traces()).to.equal(1);
  });

  it('runs the function itself for the profiler, which sees its operations', async () => {
    const twice = owned(compile((x: tf.Tensor) => tf.tidy(() => tf.square(tf.mul(x, 2)))));
    const x = owned(tf.tensor1d([1, 2]));
    const { kernelNames } = await tf.profile(() => owned(twice(x)));
    expect(kernelNames).to.include.members(['Multiply', 'Square']);
    expect(twice.traces()).to.equal(0);
  });
});
