import { expect } from 'chai';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { needsNative } from '../../backend.js';
import type { Classifier } from '../../../src/models/index.js';
import { areFinite, lossScale } from '../../../src/train/step/loss-scale.js';
import type { Run } from '../../../src/train/loop/run.js';
import { freshState, readState } from '../../../src/train/run/run-state.js';
import { save } from '../../../src/train/loop/save.js';
import { alone } from '../../../src/train/loop/together.js';
import type { Training } from '../../../src/train/index.js';
import { tensorCounts, values } from '../support/tensors.js';
import { convolutions, noiseBatch, nobody, part, trainingOf, weightsOf } from '../support/networks.js';

const batch = noiseBatch(4, 4, 2);
const plain = { name: 'sgd' as const, momentum: 0, nesterov: false, weightDecay: 0, clipNorm: null };
const everything = { name: 'sgd' as const, momentum: 0.9, nesterov: true, weightDecay: 0.1, clipNorm: 1 };
const adamw = { name: 'adamw' as const, betas: [0.9, 0.999] as const, epsilon: 1e-8, weightDecay: 0.1, clipNorm: 1 }; // prettier-ignore
/** At this scale the gradients of `convolutions` overflow. */
const overflowing = { scale: 2 ** 40, finiteSteps: 3 };

/** Weights by name, without the running statistics, which a forward pass moves whatever becomes of its gradient. */
const trainedOf = (network: Classifier): object =>
  Object.fromEntries([...weightsOf(network)].filter(([name]) => !name.includes('moving')));
const slotsOf = ({ slots }: Training): number[][] => slots.map((slot) => Array.from(slot.dataSync()));

/** |a − b| as a share of |b|, each taken as one vector. */
function distance(a: number[], b: number[]): number {
  return Math.hypot(...a.map((value, at) => value - b[at]!)) / Math.hypot(...b);
}

describe('training in float16', () => {
  before(needsNative);
  let networks: Classifier[] = [];
  let trainings: Training[] = [];
  let tensors: object;
  beforeEach(() => void (tensors = tensorCounts()));
  afterEach(() => {
    trainings.forEach((training) => training.dispose());
    networks.forEach(({ model }) => model.dispose());
    [networks, trainings] = [[], []];
    expect(tensorCounts()).to.deep.equal(tensors);
  });

  const start = (options: Parameters<typeof trainingOf>[1] = {}, head = 1) => {
    const network = convolutions(head);
    const training = trainingOf(network, { precision: 'float16', ...options });
    networks.push(network);
    trainings.push(training);
    return { network, training };
  };

  describe('one step', () => {
    it('is that of float32 within the rounding of float16, however the loss is scaled', () => {
      const step = (options: Parameters<typeof trainingOf>[1]) => {
        const { network, training } = start({ optimizer: everything, ...options });
        const { loss } = training.run(batch, nobody, 0.1);
        return { loss, slots: slotsOf(training), weights: [...weightsOf(network).values()] };
      };
      const exact = step({ precision: 'float32' });
      for (const scale of [1, 2 ** 16]) {
        const low = step({ scaling: { scale } });
        // Four units in the last place, at the end of a chain of ten operations.
        expect(low.loss).to.be.closeTo(exact.loss, 4 * 2 ** -12 * exact.loss);
        low.slots.forEach((slot, at) => expect(distance(slot, exact.slots[at]!)).to.be.below(4 * 2 ** -11));
        low.weights.forEach((weight, at) =>
          expect(distance(weight, exact.weights[at]!)).to.be.below(4 * 2 ** -11),
        );
        expect(low.slots).to.not.deep.equal(exact.slots);
      }
    });

    it('keeps gradients that vanish without scaling', () => {
      const gradients = (options: Parameters<typeof trainingOf>[1]) => {
        const { training } = start({ optimizer: plain, ...options }, 5e-6);
        training.run(batch, nobody, 0.1);
        // Without momentum the buffers are the gradients; the first is that of the first convolution.
        return slotsOf(training)[0]!;
      };
      const exact = gradients({ precision: 'float32' });
      expect(Math.hypot(...exact)).to.be.within(1e-9, 1e-6);
      expect(new Set(gradients({ scaling: { scale: 1 } }))).to.deep.equal(new Set([0]));
      expect(distance(gradients({}), exact)).to.be.below(0.02);
    });
  });

  describe('a gradient that overflows', () => {
    for (const [name, optimizer] of Object.entries({ plain, everything, adamw })) {
      it(`skips the step whole, halves the scale, and the next one is made: ${name}`, () => {
        const { network, training } = start({ optimizer });
        training.run(batch, nobody, 0.1);
        const [weights, slots] = [trainedOf(network), slotsOf(training)];
        training.lossScale!.restore(overflowing);
        const skipped = training.run(batch, nobody, 0.1);
        expect(skipped.skippedSteps).to.equal(1);
        expect(skipped.loss).to.be.within(0, 20);
        expect(trainedOf(network)).to.deep.equal(weights);
        expect(slotsOf(training)).to.deep.equal(slots);
        expect(training.lossScale!.read()).to.deep.equal({ scale: 2 ** 39, finiteSteps: 0 });

        training.lossScale!.restore({ scale: 2 ** 10, finiteSteps: 0 });
        expect(training.run(batch, nobody, 0.1).skippedSteps).to.equal(0);
        expect(training.lossScale!.read()).to.deep.equal({ scale: 2 ** 10, finiteSteps: 1 });
        expect(trainedOf(network)).to.not.deep.equal(weights);
        expect(values(areFinite(training.slots))).to.deep.equal([1]);
      });
    }

    it('is found by halving from far too large a scale', () => {
      const { network, training } = start({ scaling: { scale: 2 ** 30 } });
      const weights = trainedOf(network);
      let skipped = 0;
      while (training.run(batch, nobody, 0.1).skippedSteps > 0) {
        skipped++;
        expect(trainedOf(network)).to.deep.equal(weights);
      }
      expect(skipped).to.be.within(5, 15);
      expect(training.lossScale!.read()).to.deep.equal({ scale: 2 ** (30 - skipped), finiteSteps: 1 });
    });
  });

  it('doubles the scale after so many finite steps in a row', () => {
    const { training } = start({ scaling: { scale: 8, interval: 3 } });
    const after = (steps: number): object => {
      for (let step = 0; step < steps; step++) training.run(batch, nobody, 0.01);
      return training.lossScale!.read();
    };
    expect(after(2)).to.deep.equal({ scale: 8, finiteSteps: 2 });
    expect(after(1)).to.deep.equal({ scale: 16, finiteSteps: 0 });
    expect(after(2)).to.deep.equal({ scale: 16, finiteSteps: 2 });
    training.lossScale!.restore({ ...overflowing, finiteSteps: 2 });
    expect(after(1)).to.deep.equal({ scale: 2 ** 39, finiteSteps: 0 });
  });

  it('leaves no tensor behind in 50 steps, skipped ones among them', () => {
    const { training } = start({ optimizer: everything, scaling: { scale: 2 ** 30, interval: 2 } });
    const run = (): number => training.run(batch, nobody, 0.01).skippedSteps;
    run();
    const counts = tensorCounts();
    const skipped = Array.from({ length: 50 }, run).reduce((sum, count) => sum + count, 0);
    expect(skipped).to.be.within(10, 40);
    expect(tensorCounts()).to.deep.equal(counts);
  });

  describe('accumulation', () => {
    const halves = [part(batch, 0, 2), part(batch, 2, 4)];
    // A frozen and fresh norm passes the raw pixels on: large gradients want a small scale.
    const scale = 2 ** 6;
    const options = { accumulates: true, freezeNorm: true, optimizer: everything, scaling: { scale } };

    it('makes of two batches the step of the whole', () => {
      const whole = start({ ...options, accumulates: false });
      whole.training.run(batch, nobody, 0.1);
      const { training } = start(options);
      halves.forEach((half) => expect(training.run(half, nobody, 0.1).skippedSteps).to.equal(0));
      expect(training.lossScale!.read()).to.deep.equal({ scale, finiteSteps: 0 });
      expect(training.update(0.1)).to.equal(0);
      expect(training.lossScale!.read()).to.deep.equal({ scale, finiteSteps: 1 });
      const expected = slotsOf(whole.training);
      slotsOf(training).forEach((slot, at) => expect(distance(slot, expected[at]!)).to.be.below(2 ** -10));
    });

    it('skips the step of all batches where one overflows, and begins the next at zero', () => {
      const { network, training } = start(options);
      const fresh = start(options);
      const weights = trainedOf(network);
      training.run(halves[0]!, nobody, 0.1);
      training.lossScale!.restore(overflowing);
      training.run(halves[1]!, nobody, 0.1);
      training.lossScale!.restore({ scale, finiteSteps: 1 });
      expect(training.update(0.1)).to.equal(1);
      expect(trainedOf(network)).to.deep.equal(weights);
      expect(new Set(slotsOf(training).flat())).to.deep.equal(new Set([0]));
      expect(training.lossScale!.read()).to.deep.equal({ scale: scale / 2, finiteSteps: 0 });
      // Nothing came since: no step that could be skipped.
      expect(training.update(0.1)).to.equal(0);

      fresh.training.lossScale!.restore({ scale: scale / 2, finiteSteps: 0 });
      for (const each of [training, fresh.training]) {
        each.run(batch, nobody, 0.1);
        expect(each.update(0.1)).to.equal(0);
      }
      expect(trainedOf(network)).to.deep.equal(trainedOf(fresh.network));
    });

    it('sums in float32: gradients that float16 holds one by one may exceed it together', () => {
      const { training } = start({ ...options, optimizer: plain });
      const batches = 20;
      for (let number = 0; number < batches; number++) training.run(batch, nobody, 0);
      expect(training.update(0)).to.equal(0);
      // Without momentum the buffers are the mean gradients.
      const largest = Math.max(...slotsOf(training)[0]!.map(Math.abs));
      const [images] = batch.shape;
      expect(largest * scale * images).to.be.below(65504);
      expect(largest * scale * images * batches).to.be.above(65504);
    });
  });

  it('goes on from the scale, the count, weights and momentum that it is given, bit by bit', () => {
    const options = { optimizer: everything, scaling: { scale: 2 ** 21, interval: 2 } };
    const run = ({ training }: { training: Training }, steps: number): object[] =>
      Array.from({ length: steps }, () => ({ ...training.run(batch, nobody, 0.05), ...training.lossScale!.read() })); // prettier-ignore
    const whole = start(options);
    const expected = run(whole, 12);
    expect(new Set(expected.map((step) => 'scale' in step && step.scale)).size).to.be.above(1);

    const first = start(options);
    const begun = run(first, 5);
    const second = start({ ...options, scaling: { interval: 2 } });
    first.network.model.weights.forEach((weight, at) =>
      second.network.model.weights[at]!.write(weight.read()),
    );
    first.training.slots.forEach((slot, at) => second.training.slots[at]!.assign(slot));
    second.training.lossScale!.restore(first.training.lossScale!.read());
    expect([...begun, ...run(second, 7)]).to.deep.equal(expected);
    expect(weightsOf(second.network)).to.deep.equal(weightsOf(whole.network));
  });

  it('is part of a checkpoint', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'camtune-scale-'));
    const { network, training } = start();
    training.lossScale!.restore({ scale: 2 ** -9, finiteSteps: 1234 });
    const run = {
      folder,
      together: alone,
      recipe: { data: { train: '' }, checkpoint: { keep: 1 } },
      state: freshState({ dir: '', classNames: ['a', 'b'], files: ['x'], labels: new Int32Array(1) }),
      data: { training: { summary: () => ({ skipped: [] }) } },
      out: { runLog: { flush: () => undefined }, log: () => undefined },
      network: {
        step: training,
        content: { model: network.model, information: {}, slots: training.slots },
      },
    };
    await save(run as unknown as Run, false);
    const { lossScale: saved } = await readState(join(folder, 'checkpoints', 'last'));
    await rm(folder, { recursive: true });
    expect(saved).to.deep.equal({ scale: 2 ** -9, finiteSteps: 1234 });
  });

  it('asks nothing of the other precisions', async () => {
    const kernels = async (precision: 'float32' | 'bfloat16' | 'float16'): Promise<string[]> => {
      const { training } = start({ precision, optimizer: everything });
      expect(training.lossScale === null).to.equal(precision !== 'float16');
      // What is recorded while the first call traces; every name once.
      const { kernelNames } = await tf.profile(() => void training.run(batch, nobody, 0.1));
      return kernelNames;
    };
    const exact = await kernels('float32');
    expect(await kernels('bfloat16')).to.deep.equal(exact);
    const others = (await kernels('float16')).filter((name) => !exact.includes(name));
    expect(others).to.have.members(['IsFinite', 'Tile', 'Concat']);
  });
});

describe('lossScale', () => {
  before(needsNative);

  it('never doubles to infinity', () => {
    const scale = lossScale({ scale: 2 ** 63, interval: 1 });
    const read = [1, 2, 3].map(() => {
      tf.tidy(() => scale.adjust(tf.scalar(true)));
      return scale.read().scale;
    });
    scale.dispose();
    expect(read).to.deep.equal([2 ** 64, 2 ** 64, 2 ** 64]);
  });

  it('calls NaN and infinity anywhere not finite, and the largest number finite', () => {
    const judge = (...numbers: number[]): number =>
      values(tf.tidy(() => areFinite([tf.tensor1d([0, 1]), tf.tensor1d(numbers)])))[0]!;
    expect([judge(0, NaN), judge(Infinity, 1), judge(Infinity, -Infinity)]).to.deep.equal([0, 0, 0]);
    expect([judge(0, 1), judge(3.4e38, -3.4e38)]).to.deep.equal([1, 1]);
  });
});
