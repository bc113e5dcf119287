import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { needsNative } from '../../backend.js';
import { compile } from '../../../src/tensorflow/index.js';
import { adamWStep, type AdamWOptions, type AdamWSlots, type Parameter } from '../../../src/train/index.js';

// Four steps; the second has the norm 5, the others less than 1.
const gradients = [
  [[0.1, 0.2, -0.3], [0.4]],
  [[3, 0, 0], [-4]],
  [[0, -0.5, 0.5], [0.1]],
  [[0.2, 0.2, 0.2], [0.2]],
];
const rates = [0.1, 0.1, 0.05, 0.02];
const plain: AdamWOptions = { betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0, clipNorm: null };

/** Two weights: [1, -2, 0.5], which decays, and [0.25], which does not and learns ten times as fast. */
function weights(): { parameters: Parameter[]; slots: AdamWSlots } {
  const variable = (values: number[]) => tf.tidy(() => tf.variable(tf.tensor1d(values)));
  const zeros = () => [variable([0, 0, 0]), variable([0])];
  return {
    parameters: [
      { name: 'a', layer: 'a', variable: variable([1, -2, 0.5]), decays: true, factor: 1 },
      { name: 'b', layer: 'b', variable: variable([0.25]), decays: false, factor: 10 },
    ],
    slots: { first: zeros(), second: zeros(), steps: tf.tidy(() => tf.variable(tf.scalar(0))) },
  };
}

const variablesOf = ({ parameters, slots }: ReturnType<typeof weights>): tf.Variable[] => [
  ...parameters.map(({ variable }) => variable),
  ...slots.first,
  ...slots.second,
  slots.steps,
];
const read = (variables: tf.Variable[]): number[][] =>
  variables.map((variable) => Array.from(variable.dataSync()));

/** The weights after the four steps. */
function camtune(options: AdamWOptions, compiled: boolean): number[] {
  const made = weights();
  const step = (given: tf.Tensor[], rate: tf.Scalar): void =>
    adamWStep(made.parameters, given, made.slots, rate, options);
  const graph = compile(step);
  gradients.forEach((given, index) =>
    tf.tidy(() =>
      (compiled ? graph : step)(
        given.map((gradient) => tf.tensor1d(gradient)),
        tf.scalar(rates[index]!),
      ),
    ),
  );
  const found = read(made.parameters.map(({ variable }) => variable)).flat();
  graph.dispose();
  tf.dispose(variablesOf(made));
  return found;
}

/** What torch.optim.AdamW of PyTorch 2.15 makes of the same weights and gradients, in float64. */
const cases: Record<string, [AdamWOptions, number[]]> = {
  'the standard': [plain, [0.783336, -2.1448461, 0.6447868, 0.2530256]],
  'weight decay': [{ ...plain, weightDecay: 0.1 }, [0.7588718, -2.089224, 0.6292791, 0.2530256]],
  'other betas': [{ ...plain, betas: [0.5, 0.9] }, [0.7744028, -2.1076917, 0.5990632, 0.3793376]],
  'a large epsilon': [{ ...plain, epsilon: 0.1 }, [0.8390489, -2.0891768, 0.6035336, 0.4160731]],
  clipping: [{ ...plain, epsilon: 0.1, clipNorm: 1 }, [0.8456076, -2.0891768, 0.6035336, -0.1388415]],
  'all of it': [
    { betas: [0.8, 0.95], epsilon: 1e-3, weightDecay: 0.1, clipNorm: 1 },
    [0.7447883, -2.0808785, 0.6193552, -0.2133282],
  ],
};

describe('adamWStep', () => {
  before(needsNative);

  for (const [name, [options, expected]] of Object.entries(cases)) {
    for (const compiled of [false, true]) {
      it(`follows PyTorch over four steps: ${name}, ${compiled ? 'compiled' : 'eager'}`, () => {
        camtune(options, compiled).forEach((value, place) =>
          expect(value, `at place ${place}`).to.be.closeTo(expected[place]!, 3e-6),
        );
      });
    }
  }

  it('decays what it is asked to decay alone, and by the parameter’s own learning rate', () => {
    const made = weights();
    const parameters = made.parameters.map((parameter) => ({ ...parameter, decays: true }));
    const zeros = [tf.tensor1d([0, 0, 0]), tf.tensor1d([0])];
    tf.tidy(() => adamWStep(parameters, zeros, made.slots, tf.scalar(0.1), { ...plain, weightDecay: 0.2 }));
    const found = read(made.parameters.map(({ variable }) => variable)).flat();
    tf.dispose([...zeros, ...variablesOf(made)]);
    // 1 − 0.1 · 0.2, and ten times as much for the second.
    [0.98, -1.96, 0.49, 0.25 * 0.8].forEach((value, at) => expect(found[at]).to.be.closeTo(value, 1e-6));
  });

  for (const compiled of [false, true]) {
    it(`changes nothing where the step is not taken, whatever the gradient, ${compiled ? 'compiled' : 'eager'}`, () => {
      const made = weights();
      const options = cases['all of it']![0];
      const step = (given: tf.Tensor[], rate: tf.Scalar, taken: tf.Scalar): void =>
        adamWStep(made.parameters, given, made.slots, rate, options, taken);
      const graph = compile(step);
      const run = (given: number[], taken: boolean): number[][] => {
        tf.tidy(() =>
          (compiled ? graph : step)(
            [tf.tensor1d(given), tf.tensor1d([1])],
            tf.scalar(0.1),
            tf.scalar(taken, 'bool'),
          ),
        );
        return read(variablesOf(made));
      };
      const start = read(variablesOf(made));
      // The very first step, where nothing has been counted yet, and a later one.
      expect(run([NaN, Infinity, -Infinity], false)).to.deep.equal(start);
      const moved = run([1, 2, 3], true);
      moved.forEach((values, at) => expect(values, `variable ${at}`).to.not.deep.equal(start[at]));
      expect(moved.at(-1)).to.deep.equal([1]);
      expect(run([NaN, 1, 2], false)).to.deep.equal(moved);
      graph.dispose();
      tf.dispose(variablesOf(made));
    });
  }

  it('leaves no tensor behind', () => {
    const before = tf.memory().numTensors;
    camtune(cases['all of it']![0], false);
    camtune(cases['all of it']![0], true);
    expect(tf.memory().numTensors).to.equal(before);
  });
});
