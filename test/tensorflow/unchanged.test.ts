import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { compile } from '../../src/tensorflow/index.js';
import { castAttributes, TF } from '../../src/tensorflow/native/runtime/engine.js';
import type { Node } from '../../src/tensorflow/native/trace/recording.js';
import { unchanged } from '../../src/tensorflow/native/trace/unchanged.js';
import { needsNative } from '../backend.js';
import { flatMemory, values, wave } from './support.js';

const node = (op: string, shape: number[], from?: Node, attributes: Node['attributes'] = []): Node => ({
  index: 0,
  op,
  attributes,
  inputs: from ? [{ node: from, output: 0 }] : [],
  outputs: [{ dtype: TF.FLOAT, shape }],
});

describe('operations that change nothing', () => {
  const x = node('x', [2, 6]);

  it('casts to the type that is there', () => {
    const same = node('Cast', [2, 6], x, castAttributes(TF.FLOAT, TF.FLOAT));
    expect(unchanged(same)?.node).to.equal(x);
    expect(unchanged(node('Cast', [2, 6], x, castAttributes(TF.FLOAT, TF.INT32)))).to.equal(undefined);
  });

  it('reshapes to the shape that was there', () => {
    const flat = node('Reshape', [12], x);
    expect(unchanged(node('Reshape', [2, 6], flat))?.node).to.equal(x);
    expect(unchanged(flat)).to.equal(undefined);
    expect(unchanged(node('Reshape', [-1, 6], x))).to.equal(undefined);
  });

  it('not others', () => {
    expect(unchanged(node('Relu', [2, 6], x))).to.equal(undefined);
  });

  describe('in a compiled function', () => {
    before(needsNative);
    const owned = flatMemory();

    it('give the same numbers, in a tensor of its own', () => {
      const x = owned(wave([2, 3], 1));
      const fn = owned(compile((x: tf.Tensor) => tf.cast(x, 'float32')));
      const [first, second] = [fn(x), fn(x)];
      first.dispose();
      expect(values(owned(second))).to.deep.equal(values(x));
    });

    it('keep the value that a variable had', () => {
      const variable = owned(tf.variable(owned(tf.tensor1d([1, 2]))));
      const fn = owned(
        compile(() =>
          tf.tidy(() => {
            const before = tf.cast(variable, 'float32');
            variable.assign(tf.mul(variable, 10));
            return tf.add(before, variable);
          }),
        ),
      );
      expect(values(owned(fn()))).to.deep.equal([11, 22]);
      expect(values(owned(fn()))).to.deep.equal([110, 220]);
    });
  });
});
