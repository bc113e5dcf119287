import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { needsNative } from '../../backend.js';
import { compile } from '../../../src/tensorflow/index.js';
import { clipByGlobalNorm, sgdStep, type Parameter, type SgdOptions } from '../../../src/train/index.js';
import { values } from '../support/tensors.js';

interface Weight {
  start: number[];
  decays: boolean;
  factor: number;
}

/** torch.optim.SGD.step and torch.nn.utils.clip_grad_norm_ as their documentation writes them, in JavaScript's numbers. */
function torch(weights: Weight[], gradients: number[][][], rates: number[], options: SgdOptions): number[][] {
  const { momentum, nesterov, weightDecay, clipNorm } = options;
  const w = weights.map(({ start }) => [...start]);
  const buffers = weights.map(({ start }) => start.map(() => 0));
  gradients.forEach((given, step) => {
    const norm = Math.hypot(...given.flat());
    const scale = clipNorm === null ? 1 : Math.min(1, clipNorm / (norm + 1e-6));
    weights.forEach(({ decays, factor }, index) =>
      w[index]!.forEach((weight, place) => {
        const g = given[index]![place]! * scale + (decays ? weightDecay * weight : 0);
        // "momentum·b + (1 − dampening)·g", at the first step "b = g": the same with b = 0.
        const b = momentum * buffers[index]![place]! + g;
        buffers[index]![place] = b;
        w[index]![place] = weight - rates[step]! * factor * (nesterov ? g + momentum * b : b);
      }),
    );
  });
  return w;
}

const weights: Weight[] = [
  { start: [1, -2, 0.5], decays: true, factor: 1 },
  { start: [0.25], decays: false, factor: 10 },
];
// Four steps; the second has the norm 5, the others less than 1.
const gradients = [
  [[0.1, 0.2, -0.3], [0.4]],
  [[3, 0, 0], [-4]],
  [[0, -0.5, 0.5], [0.1]],
  [[0.2, 0.2, 0.2], [0.2]],
];
const rates = [0.1, 0.1, 0.05, 0.02];
const plain: SgdOptions = { momentum: 0, nesterov: false, weightDecay: 0, clipNorm: null };

/** The same four steps by camtune. */
function camtune(options: SgdOptions, compiled: boolean): number[][] {
  const variables = weights.map(({ start }) => tf.tidy(() => tf.variable(tf.tensor1d(start))));
  const slots = weights.map(({ start }) => tf.tidy(() => tf.variable(tf.zeros([start.length]))));
  const parameters: Parameter[] = weights.map(({ decays, factor }, index) => ({
    name: `w${index}`,
    layer: `layer${index}`,
    variable: variables[index]!,
    decays,
    factor,
  }));
  const step = (given: tf.Tensor[], rate: tf.Scalar) => sgdStep(parameters, given, slots, rate, options);
  const graph = compile(step);
  gradients.forEach((given, index) =>
    tf.tidy(() =>
      (compiled ? graph : step)(
        given.map((gradient) => tf.tensor1d(gradient)),
        tf.scalar(rates[index]!),
      ),
    ),
  );
  const found = variables.map((variable) => Array.from(variable.dataSync()));
  graph.dispose();
  tf.dispose([...variables, ...slots]);
  return found;
}

const cases: Record<string, SgdOptions> = {
  'plain descent': plain,
  momentum: { ...plain, momentum: 0.9 },
  'Nesterov momentum': { ...plain, momentum: 0.9, nesterov: true },
  'weight decay': { ...plain, weightDecay: 0.1 },
  clipping: { ...plain, clipNorm: 1 },
  'all of it': { momentum: 0.9, nesterov: true, weightDecay: 0.1, clipNorm: 1 },
};

describe('sgdStep', () => {
  before(needsNative);

  for (const [name, options] of Object.entries(cases)) {
    for (const compiled of [false, true]) {
      it(`follows PyTorch over four steps: ${name}, ${compiled ? 'compiled' : 'eager'}`, () => {
        const expected = torch(weights, gradients, rates, options);
        camtune(options, compiled).forEach((found, index) =>
          found.forEach((value, place) => expect(value).to.be.closeTo(expected[index]![place]!, 2e-6)),
        );
      });
    }
  }

  it('tells the cases apart', () => {
    const ends = Object.values(cases).map((options) =>
      torch(weights, gradients, rates, options)[0]![0]!.toFixed(4),
    );
    expect(new Set(ends).size).to.equal(ends.length);
  });

  it('adds decay to the gradient: weight − rate · (gradient + decay · weight), by hand', () => {
    const [first] = torch([weights[0]!], [[[0.1, 0.2, -0.3]]], [0.1], { ...plain, weightDecay: 0.1 });
    expect(first![0]).to.be.closeTo(1 - 0.1 * (0.1 + 0.1 * 1), 1e-12);
  });

  for (const compiled of [false, true]) {
    it(`changes nothing where the step is not taken, whatever the gradient, ${compiled ? 'compiled' : 'eager'}`, () => {
      const variable = tf.tidy(() => tf.variable(tf.tensor1d([1, -2, 0, 1e-30])));
      const slot = tf.tidy(() => tf.variable(tf.tensor1d([0.3, 0, -7, 1e30])));
      const parameters = [{ name: 'w', layer: 'layer', variable, decays: true, factor: 10 }];
      const step = (gradient: tf.Tensor, rate: tf.Scalar, taken: tf.Scalar): void =>
        sgdStep(parameters, [gradient], [slot], rate, cases['all of it']!, taken);
      const graph = compile(step);
      const run = (gradient: number[], taken: boolean): number[][] => {
        tf.tidy(() => (compiled ? graph : step)(tf.tensor1d(gradient), tf.scalar(0.1), tf.scalar(taken)));
        return [variable, slot].map((tensor) => Array.from(tensor.dataSync()));
      };
      const before = [variable, slot].map((tensor) => Array.from(tensor.dataSync()));
      const held = [[NaN, Infinity, -Infinity, 1], [1, 2, 3, 4]].map((gradient) => run(gradient, false)); // prettier-ignore
      const [moved] = run([1, 2, 3, 4], true);
      graph.dispose();
      tf.dispose([variable, slot]);
      expect(held).to.deep.equal([before, before]);
      moved!.forEach((value, place) => expect(value).to.not.equal(before[0]![place]));
    });
  }

  it('leaves no tensor behind', () => {
    const before = tf.memory().numTensors;
    camtune(cases['all of it']!, false);
    camtune(cases['all of it']!, true);
    expect(tf.memory().numTensors).to.equal(before);
  });
});

describe('clipByGlobalNorm', () => {
  before(needsNative);

  it('scales all gradients by the same factor, to the limit', () => {
    const clipped = tf.tidy(() => clipByGlobalNorm([tf.tensor1d([3, 0]), tf.scalar(-4)], 1));
    const [a, b] = clipped.map(values);
    [...a!, ...b!].forEach((value, index) => expect(value).to.be.closeTo([0.6, 0, -0.8][index]!, 1e-6));
  });

  it('leaves gradients within the limit as they are, zeros included', () => {
    const [small, zero] = tf
      .tidy(() => clipByGlobalNorm([tf.tensor1d([0.3, 0]), tf.scalar(0)], 1))
      .map(values);
    expect(small).to.deep.equal([Math.fround(0.3), 0]);
    expect(zero).to.deep.equal([0]);
  });
});
