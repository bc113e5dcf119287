import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { needsNative } from '../backend.js';
import { random, type Random } from '../../src/random.js';
import { compiledDifference, tensorsInUse, wave } from './support.js';

const PROGRAMS = 60;
const DEEPEST = 10;
const LIMIT = 1e-6;
/** Gradients of weights are sums in which much cancels; how they are added up differs between processors. */
const GRADIENT_LIMIT = 4e-6;

type Layer = (x: tf.Tensor) => tf.Tensor;
type Parameter = (shape: number[]) => tf.Tensor;

/** Layers for feature maps [N, H, W, C]; each keeps the rank. */
const ofImages: ((next: Random, parameter: Parameter) => Layer)[] = [
  (next, parameter) => {
    const filters = 2 + Math.floor(next() * 3);
    const stride = next() < 0.3 ? 2 : 1;
    return (x) =>
      tf.conv2d(x as tf.Tensor4D, parameter([3, 3, x.shape[3]!, filters]) as tf.Tensor4D, stride, 'same');
  },
  (_, parameter) => (x) =>
    tf.depthwiseConv2d(x as tf.Tensor4D, parameter([2, 2, x.shape[3]!, 1]) as tf.Tensor4D, 1, 'same'),
  () => (x) => (x.shape[1]! > 2 ? tf.maxPool(x as tf.Tensor4D, 2, 2, 'same') : x),
  () => (x) => (x.shape[1]! > 2 ? tf.avgPool(x as tf.Tensor4D, 2, 1, 'same') : x),
  () => (x) => tf.image.resizeBilinear(x as tf.Tensor4D, [x.shape[1]! + 1, x.shape[2]!]),
  () => (x) =>
    tf.div(tf.sub(x, tf.mean(x, [1, 2], true)), tf.sqrt(tf.add(tf.mean(tf.square(x), [1, 2], true), 0.1))),
  () => (x) => tf.concat([x, tf.mul(x, 0.5)], 3),
  () => (x) => tf.pad(x, [[0, 0], [1, 0], [0, 1], [0, 0]]), // prettier-ignore
  () => (x) => tf.transpose(x, [0, 2, 1, 3]),
];

/** Layers for anything. */
const elementwise: ((next: Random) => Layer)[] = [
  () => tf.relu,
  () => tf.tanh,
  () => tf.sigmoid,
  () => tf.softmax,
  () => tf.elu,
  () => tf.square,
  () => tf.softplus,
  (next) => {
    const slope = next();
    return (x) => tf.add(tf.mul(x, slope), tf.abs(x));
  },
  () => (x) => tf.sub(x, tf.mean(x, -1, true)),
  () => (x) => tf.maximum(x, tf.neg(x)),
  () => (x) => tf.leakyRelu(x, 0.2),
  () => (x) => tf.exp(tf.clipByValue(x, -2, 1)),
  () => (x) => tf.reverse(x, -1),
];

const ofVectors: ((next: Random, parameter: Parameter) => Layer)[] = [
  (next, parameter) => {
    const units = 2 + Math.floor(next() * 5);
    return (x) => tf.matMul(x, parameter([x.shape[1]!, units]));
  },
  (_, parameter) => (x) => tf.add(x, parameter([x.shape[1]!])),
  () => (x) => tf.cumsum(x, 1),
  () => (x) => tf.matMul(tf.matMul(x as tf.Tensor2D, x as tf.Tensor2D, false, true), x),
  () => (x) => tf.concat([tf.slice(x, [0, 1]), tf.slice(x, [0, 0], [-1, 1])], 1),
];

/** A program of up to ten random layers; every parameter is an argument, the same at every run of the program. */
function program(seed: number) {
  const next = random(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
  const depth = 2 + Math.floor(next() * (DEEPEST - 1));
  const toVectors = Math.floor(next() * (depth + 1));
  const parameters: tf.Tensor[] = [];
  let take: Parameter;
  const parameter: Parameter = (shape) => take(shape);
  const layers = Array.from({ length: depth }, (_, i): Layer => {
    if (i === toVectors) return (x) => tf.reshape(x, [x.shape[0], -1]);
    if (next() < 0.5) return pick(elementwise)(next);
    return (i < toVectors ? pick(ofImages) : pick(ofVectors))(next, parameter);
  });
  const input = wave([2, 4 + Math.floor(next() * 3), 5, 2], seed);
  const run = (x: tf.Tensor, given: Parameter): tf.Tensor => {
    take = given;
    return layers.reduce((value, layer) => layer(value), x);
  };
  const make: Parameter = (shape) => {
    parameters.push(tf.keep(tf.mul(wave(shape, seed + parameters.length), 0.5)));
    return parameters.at(-1)!;
  };
  tf.tidy(() => void run(input, make));
  const forward = (x: tf.Tensor, ...weights: tf.Tensor[]): tf.Tensor => {
    let used = 0;
    return run(x, () => weights[used++]!);
  };
  const gradients = (x: tf.Tensor, ...weights: tf.Tensor[]): tf.Tensor[] =>
    tf.grads((...all: tf.Tensor[]) => {
      const y = forward(...(all as [tf.Tensor]));
      return tf.mean(tf.mul(y, wave(y.shape, 7)));
    })([x, ...weights]);
  return { forward, gradients, inputs: [input, ...parameters] as [tf.Tensor, ...tf.Tensor[]] };
}

describe('compile on random programs', () => {
  before(needsNative);

  for (let seed = 1; seed <= PROGRAMS; seed++) {
    it(`program ${seed}`, () => {
      const before = tensorsInUse();
      const { forward, gradients, inputs } = program(seed);
      expect(compiledDifference(forward, inputs), 'values').to.be.at.most(LIMIT);
      expect(compiledDifference(gradients, inputs), 'gradients').to.be.at.most(GRADIENT_LIMIT);
      tf.dispose(inputs);
      expect(tensorsInUse()).to.deep.equal(before);
    });
  }
});
