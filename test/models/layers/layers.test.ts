import * as tf from '@tensorflow/tfjs-core';
import { layers, type layers as Layers } from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { cpuBackend } from '../../backend.js';
import {
  Gelu,
  HardSwish,
  LayerNorm,
  SelfAttention,
  StochasticDepth,
} from '../../../src/models/layers/index.js';
import { largestDifference, values, wave } from '../support.js';

const apply = (layer: Layers.Layer, x: tf.Tensor, training = false) =>
  layer.apply(x, { training }) as tf.Tensor;
const tokens = (shape: [number, number, number], seed = 1) =>
  tf.reshape<tf.Rank.R3>(wave([1, ...shape], seed), shape);

describe('layers of our own', () => {
  before(cpuBackend);
  afterEach(() => tf.disposeVariables());

  it('GELU is x · Φ(x), and its gradient Φ(x) + x · φ(x)', () => {
    const x = tf.tensor1d([-3, -1, 0, 0.5, 2]);
    const gelu = (x: tf.Tensor) => apply(new Gelu({}), x);
    expect(
      largestDifference(values(gelu(x)), [-0.00404969, -0.15865525, 0, 0.34573123, 1.9544997]),
    ).to.be.below(1e-6);
    const gradient = values(tf.grad((x) => tf.sum(gelu(x)))(x));
    expect(largestDifference(gradient, [-0.01194565, -0.08331547, 0.5, 0.86749528, 1.08523147])).to.be.below(
      1e-6,
    );
  });

  it('hard swish is 0 below −3 and x above 3', () => {
    expect(values(apply(new HardSwish({}), tf.tensor1d([-4, 0, 1.5, 5])))).to.deep.equal([-0, 0, 1.125, 5]);
  });

  it('layer norm gives what tfjs’s own does, and its gradients', () => {
    const [ours, theirs] = [new LayerNorm({ epsilon: 1e-3 }), layers.layerNormalization({ epsilon: 1e-3 })];
    const x = tokens([2, 3, 5]);
    const weigh = tokens([2, 3, 5], 4);
    const [gamma, beta] = [tf.tensor1d([1, 2, 0.5, -1, 3]), tf.tensor1d([0, 1, 2, 3, 4])];
    const results = [ours, theirs].map((layer) => {
      apply(layer, x);
      layer.setWeights([gamma, beta]);
      const gradient = tf.grad((x) => tf.sum(tf.mul(apply(layer, x), weigh)))(x);
      return [...values(apply(layer, x)), ...values(gradient)];
    });
    expect(largestDifference(results[0]!, results[1]!)).to.be.below(1e-5);
  });

  it('attention mixes the values of each head by softmax(Q · Kᵀ / √d)', () => {
    // Two tokens, two heads of one number each: q, k, v of both heads.
    const x = tf.tensor3d([[[1, 2, 3, 4, 5, 6], [0, 1, 1, 0, 7, 8]]]); // prettier-ignore
    const found = values(apply(new SelfAttention({ heads: 2 }), x));
    const mix = (q: number, keys: [number, number], given: [number, number]) => {
      const [a, b] = keys.map((k) => Math.exp(q * k)) as [number, number];
      return (a * given[0] + b * given[1]) / (a + b);
    };
    const expected = [
      mix(1, [3, 1], [5, 7]),
      mix(2, [4, 0], [6, 8]),
      mix(0, [3, 1], [5, 7]),
      mix(1, [4, 0], [6, 8]),
    ];
    expect(largestDifference(found, expected)).to.be.below(1e-5);
  });

  it('stochastic depth leaves out whole images in training alone, and makes the others larger', () => {
    const layer = new StochasticDepth({ rate: 0.5 });
    const x = tf.ones([64, 2, 3]);
    expect(new Set(values(apply(layer, x)))).to.deep.equal(new Set([1]));
    const rows = tf.unstack(apply(layer, x, true)).map((row) => [...new Set(values(row))]);
    expect(rows.every(([first, ...others]) => others.length === 0 && (first === 0 || first === 2))).to.equal(
      true,
    );
    expect(new Set(rows.flat())).to.deep.equal(new Set([0, 2]));
  });
});
