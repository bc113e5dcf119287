import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { cpuBackend } from '../backend.js';
import { arms, randomInputsMaker, stageOptions, type StageOptions } from '../../src/augment/index.js';
import { fakeClassifier, leftBehind, values } from '../explain/fake-classifier.js';

const shape = [5, 8, 12, 3] as const;
const some = Int32Array.from([0, 2, 4]);
const makerOf = (options: Partial<StageOptions>) =>
  randomInputsMaker(fakeClassifier(), stageOptions(options));

describe('what the stage leaves to chance', () => {
  before(cpuBackend);

  it('is nothing for the paper’s stage', () => {
    expect(makerOf({})(shape, some, 1)).to.deep.equal({
      partner: undefined,
      numbers: undefined,
      field: undefined,
      stranger: undefined,
      shift: undefined,
    });
  });

  it('partners stand some places behind in the batch: nobody is his own', () => {
    const maker = makerOf({ method: 'lafam', blend: 'background' });
    const seen = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      const partners = values(maker(shape, some, seed).partner!);
      partners.forEach((partner, place) => expect(partner).to.be.within(0, 4).and.not.equal(some[place]));
      expect(new Set(partners).size).to.equal(3);
      seen.add(partners.join());
    }
    expect(seen.size).to.equal(4);
    expect(values(maker([1, 8, 12, 3], Int32Array.of(0), 1).partner!)).to.deep.equal([0]);
  });

  it('a stranger is neither the image itself nor its partner', () => {
    const maker = makerOf({ method: 'eigen-permuted', blend: 'background-blur' });
    for (let seed = 0; seed < 40; seed++) {
      const { partner, stranger } = maker(shape, some, seed);
      const [partners, strangers] = [values(partner!), values(stranger!)];
      strangers.forEach((one, place) => {
        expect(one).to.be.within(0, 4).and.not.equal(some[place]);
        expect(one).to.not.equal(partners[place]);
      });
    }
    expect(values(maker([2, 8, 12, 3], Int32Array.of(0, 1), 1).stranger!)).to.deep.equal([1, 0]);
    expect(values(maker([1, 8, 12, 3], Int32Array.of(0), 1).stranger!)).to.deep.equal([0]);
  });

  it('numbers are uniform, below 1 also as float32', () => {
    const maker = makerOf({ method: 'none', blend: 'cut-mix' });
    const drawn = maker(
      [3000, 8, 12, 3],
      Int32Array.from({ length: 3000 }, (_, index) => index),
      4,
    );
    expect(drawn.numbers!.shape).to.deep.equal([3000, 3]);
    const numbers = values(drawn.numbers!);
    expect(Math.max(...numbers)).to.be.below(1);
    expect(Math.min(...numbers)).to.be.at.least(0);
    expect(numbers.reduce((sum, value) => sum + value, 0) / 9000).to.be.closeTo(0.5, 0.02);
  });

  it('the field has the size of the map, which the network is asked for once a size', () => {
    const asked: number[][] = [];
    const activations = (x: tf.Tensor4D): tf.Tensor4D => {
      asked.push(x.shape);
      return tf.avgPool(x, 2, 2, 'valid');
    };
    const maker = randomInputsMaker({ activations }, stageOptions({ method: 'random', scoringScale: 0.5 }));
    expect(maker(shape, some, 1).field!.shape).to.deep.equal([3, 2, 3]);
    expect(maker([9, 8, 12, 3], some, 2).field!.shape).to.deep.equal([3, 2, 3]);
    expect(maker([9, 16, 16, 3], some, 2).field!.shape).to.deep.equal([3, 4, 4]);
    expect(asked).to.deep.equal([[1, 4, 6, 3], [1, 8, 8, 3]]); // prettier-ignore
  });

  it('follows from the seed', () => {
    const maker = makerOf({ method: 'random' });
    const drawn = (seed: number): number[] => values(maker(shape, some, seed).field!);
    expect(drawn(7)).to.deep.equal(drawn(7));
    expect(drawn(7)).to.not.deep.equal(drawn(8));
  });

  it('leaves no tensor behind', () => {
    const maker = makerOf({ method: 'random', blend: 'keep-augment' });
    expect(leftBehind(() => maker(shape, some, 1))).to.equal(0);
  });
});

describe('arms', () => {
  it('have the names of the comparison, and options that the stage takes', () => {
    expect(Object.keys(arms).join(' ')).to.equal(
      'plain group-cam lafam eigen-cam cam recipro-cam random-mask center-mask blur-all boxes inverse-mask soft-mask background-swap eigen-swap lafam-swap permuted-swap shifted-swap random-swap boxes-swap boxes-swap-tenth saliency-mix cut-mix keep-augment consistency swap-consistency mask-tune',
    );
    const seen = new Set<string>();
    for (const [name, { summary, stage, needs, boxShare }] of Object.entries(arms)) {
      const { method, blend, consistency } = stage;
      expect(summary, name).to.match(/^\S.*[^.]$/);
      expect(stage.enabled, name).to.equal(name !== 'plain');
      expect(needs, name).to.equal(method === 'boxes' ? 'boxes' : undefined);
      if (stage.enabled) stageOptions({ method: method!, blend: blend! });
      seen.add([method, blend, consistency, boxShare].join());
    }
    expect(seen.size).to.equal(26);
  });
});
