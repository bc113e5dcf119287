import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { cpuBackend } from '../backend.js';
import { highest, mapSources } from '../../src/augment/maps/index.js';
import { stage, stageOptions, type StageOptions } from '../../src/augment/index.js';
import { fakeClassifier, leftBehind, values } from '../explain/fake-classifier.js';
import { difference } from '../explain/goldens.js';

/** Of two pixels by two, two channels: what a network of one layer shows. */
const activations = [[[[1, 3], [0, 0]], [[2, 2], [8, 0]]]]; // prettier-ignore
const image = (): tf.Tensor4D => tf.zeros([1, 2, 2, 2]);
const label = (index: number): tf.Tensor1D => tf.tensor1d([index], 'int32');
const options = (given: Partial<StageOptions>): StageOptions => stageOptions({ groups: 2, ...given });

describe('maps of the stage', () => {
  before(cpuBackend);

  describe('eigen-permuted and eigen-shifted', () => {
    const images = (): tf.Tensor4D =>
      tf.tensor4d([9, 1, 1, 1, 1, 1, 1, 1, 9, 1, 1, 1, 1, 9, 1, 1, 1, 1], [2, 3, 3, 1]);
    const masks = (method: StageOptions['method'], randomInputs: object): number[] =>
      values(stage(fakeClassifier(), images(), null, options({ method }), { randomInputs }).mask);

    it('a stranger’s mask, and the own mask moved round', () => {
      const own = masks('eigen-cam', {});
      expect(own).to.not.deep.equal(own.slice(9).concat(own.slice(0, 9)));
      const stranger = tf.tensor1d([1, 0], 'int32');
      expect(masks('eigen-permuted', { stranger })).to.deep.equal(own.slice(9).concat(own.slice(0, 9)));
      // One row down and two columns to the right; the second stays.
      const shift = tf.tensor2d([0.34, 0.67, 0, 0.1], [2, 2]);
      const moved = Array.from({ length: 9 }, (_, place) => {
        const [row, column] = [Math.floor(place / 3), place % 3];
        return own[((row + 2) % 3) * 3 + ((column + 1) % 3)]!;
      });
      expect(masks('eigen-shifted', { shift })).to.deep.equal([...moved, ...own.slice(9)]);
    });

    it('say what they lack', () => {
      expect(() => masks('eigen-permuted', {})).to.throw('randomInputs.stranger: expected another image');
      expect(() => masks('eigen-shifted', {})).to.throw('randomInputs.shift: expected random numbers');
    });
  });

  it('cam: each channel with its weight for the label; what speaks against it is below 0', () => {
    // The weights [channels, classes]: class 1 takes the second channel less the first.
    const network = {
      ...fakeClassifier({ activations, classes: 2 }),
      linearHead: () =>
        tf.tensor2d([
          [1, -1],
          [0, 1],
        ]),
    };
    const { map, mask } = stage(network, image(), label(1), options({ method: 'cam' }));
    expect(values(map)).to.deep.equal([2, 0, 0, -8]);
    // Their mean is −1.5.
    expect(values(mask)).to.deep.equal([1, 1, 1, 0]);
    expect(values(stage(network, image(), label(0), options({ method: 'cam' })).map)).to.deep.equal([
      1, 0, 2, 8,
    ]);
  });

  it('cam refuses a network with another end, and says what to use', () => {
    const network = fakeClassifier({ activations });
    expect(() => stage(network, image(), label(0), options({ method: 'cam' }))).to.throw(
      'stage.method: expected recipro-cam, group-cam or lafam for a network without pooling and one linear layer behind fake, found "cam"',
    );
  });

  it('cam of a network with one output unit: what speaks against class 1 is evidence for class 0', () => {
    const network = {
      ...fakeClassifier({ activations, classes: 1, probability: 'sigmoid' as const }),
      linearHead: () => tf.tensor2d([[2], [0]]),
    };
    const [zero, one] = [0, 1].map((index) =>
      values(stage(network, image(), label(index), options({ method: 'cam' })).map),
    );
    expect(one).to.deep.equal([1, 0, 2, 8]);
    expect(difference(zero!, [-1, 0, -2, -8])).to.equal(0);
  });

  it('recipro-cam: the probability of the label with one position alone', () => {
    // The logits are the means over four positions.
    const network = fakeClassifier({ activations, classes: 2 });
    const { map } = stage(network, image(), label(1), options({ method: 'recipro-cam' }));
    const probability = (first: number, second: number): number => 1 / (1 + Math.exp((first - second) / 4));
    const expected = [probability(1, 3), 0.5, 0.5, probability(8, 0)];
    expect(difference(values(map), expected)).to.be.below(1e-6);
  });

  it('eigen-cam: what lies along the first principal component, not what is bright everywhere', () => {
    // The first channel is bright and flat, the second varies: only the second tells positions apart.
    const varied = fakeClassifier({ activations: [[[[9, 1], [9, 0]], [[9, 0], [9, 7]]]] }); // prettier-ignore
    const { map, mask } = stage(varied, image(), null, options({ method: 'eigen-cam' }));
    // The mean of the second channel is 2.
    expect(difference(values(map), [0, 0, 0, 5])).to.be.below(1e-5);
    expect(values(mask)).to.deep.equal([0, 0, 0, 1]);
    const even = fakeClassifier({ activations: [[[[9, 1], [9, 1]], [[9, 1], [9, 1]]]] }); // prettier-ignore
    expect(values(stage(even, image(), null, options({ method: 'eigen-cam' })).zero)).to.deep.equal([1]);
  });

  it('center: the same bell for every image, 40 % of it above its mean', () => {
    const images = tf.zeros<tf.Rank.R4>([2, 40, 60, 3]);
    const { mask, zero } = stage(fakeClassifier(), images, null, options({ method: 'center' }));
    const [first, second] = tf.unstack(mask).map(values) as [number[], number[]];
    expect(second).to.deep.equal(first);
    expect(first.reduce((sum, value) => sum + value, 0) / first.length).to.be.closeTo(0.4, 0.01);
    expect(first[20 * 60 + 30]).to.equal(1);
    expect(first[0]).to.equal(0);
    expect(values(zero)).to.deep.equal([0, 0]);
  });

  it('none: everything is blurred, and that is no zero map', () => {
    const images = tf.tensor4d([0, 8], [1, 1, 2, 1]);
    const staged = stage(
      fakeClassifier(),
      images,
      null,
      options({ method: 'none', blur: { size: 3, sigma: 1e6 } }),
    );
    expect(values(staged.zero)).to.deep.equal([0]);
    expect(values(staged.mask)).to.deep.equal([0, 0]);
    // Three equal taps, reflected: 8 0 8 and 0 8 0.
    expect(difference(values(staged.images), [16 / 3, 8 / 3])).to.be.below(1e-5);
  });

  it('boxes: the pixels inside stay; an image without a box stays whole', () => {
    const images = tf.tensor4d([0, 8, 0, 8], [2, 1, 2, 1]);
    const boxes = tf.tensor3d([0, 1, 0, 0], [2, 1, 2], 'int32');
    const settings = options({ method: 'boxes', blur: { size: 3, sigma: 1e6 } });
    const staged = stage(fakeClassifier(), images, null, settings, { boxes });
    expect(values(staged.mask)).to.deep.equal([0, 1, 0, 0]);
    expect(values(staged.zero)).to.deep.equal([0, 1]);
    expect(difference(values(staged.images), [16 / 3, 8, 0, 8])).to.be.below(1e-5);
    expect(() => stage(fakeClassifier(), images, null, settings)).to.throw('boxes: expected a mask of boxes');
  });

  describe('random', () => {
    // LaFAM above its mean: three of four pixels, and none.
    const shown = [[[[4], [4]], [[4], [0]]], [[[7], [7]], [[7], [7]]]]; // prettier-ignore
    const network = () => fakeClassifier({ activations: shown });
    const randomInputs = (field: number[]) => ({
      field: tf.tensor3d(field, [2, 2, 2]),
    });
    const staged = (field: number[]) =>
      stage(network(), tf.zeros([2, 2, 2, 1]), null, options({ method: 'random' }), {
        randomInputs: randomInputs(field),
      });

    it('has the area of the image’s own LaFAM mask, at the highest numbers of the field', () => {
      const { map, mask, zero } = staged([0.1, 0.9, 0.5, 0.2, 0.1, 0.9, 0.5, 0.2]);
      expect(difference(values(map), [0.1, 0.9, 0.5, 0.2, 0.1, 0.9, 0.5, 0.2])).to.be.below(1e-6);
      expect(values(mask)).to.deep.equal([0, 1, 1, 1, 0, 0, 0, 0]);
      expect(values(zero)).to.deep.equal([0, 1]);
    });

    it('keeps that area where the field ties', () => {
      expect(values(staged([0.5, 0.5, 0.5, 0.5, 0, 0, 0, 0]).mask)).to.deep.equal([1, 1, 1, 0, 0, 0, 0, 0]);
    });

    it('asks for its field', () => {
      expect(() => stage(network(), tf.zeros([2, 2, 2, 1]), null, options({ method: 'random' }))).to.throw(
        'randomInputs.field: expected random numbers for stage.method random, found nothing',
      );
    });
  });

  it('highest takes as many of each map as it is told', () => {
    const maps = tf.tensor3d([5, 1, 4, 2, 1, 2, 3, 4], [2, 2, 2]);
    const found = (counts: number[]) => values(highest(maps, tf.tensor1d(counts)));
    expect(found([2, 1])).to.deep.equal([1, 0, 1, 0, 0, 0, 0, 1]);
    expect(found([0, 4])).to.deep.equal([0, 0, 0, 0, 1, 1, 1, 1]);
  });

  it('scoringScale asks the network for a smaller image and brings the map to full size', () => {
    const sizes: string[] = [];
    const network = {
      ...fakeClassifier({ classes: 2 }),
      linearHead: () => tf.eye(2),
      activations: (x: tf.Tensor4D) => (sizes.push(`${x.shape[1]}×${x.shape[2]}`), x.clone()),
    };
    const images = tf.randomUniform<tf.Rank.R4>([2, 8, 12, 2], 0, 1, 'float32', 3);
    for (const method of ['lafam', 'eigen-cam', 'cam', 'recipro-cam'] as const) {
      const { map } = stage(
        network,
        images,
        tf.tensor1d([0, 1], 'int32'),
        options({ method, scoringScale: 0.5 }),
      );
      expect(map.shape).to.deep.equal([2, 8, 12]);
    }
    expect(sizes).to.deep.equal(['4×6', '4×6', '4×6', '4×6']);
  });

  it('leave no tensor behind', () => {
    const network = { ...fakeClassifier({ classes: 2 }), linearHead: () => tf.eye(2) };
    const images = tf.randomUniform<tf.Rank.R4>([2, 4, 4, 2], 0, 1, 'float32', 3);
    const labels = tf.tensor1d([0, 1], 'int32');
    const boxes = tf.ones<tf.Rank.R3>([2, 4, 4]);
    const randomInputs = {
      field: tf.randomUniform<tf.Rank.R3>([2, 4, 4]),
      stranger: tf.tensor1d([1, 0], 'int32'),
      shift: tf.tensor2d([0.3, 0.6, 0, 0.9], [2, 2]),
    };
    for (const method of Object.keys(mapSources) as StageOptions['method'][]) {
      const run = () => stage(network, images, labels, options({ method }), { boxes, randomInputs });
      expect(leftBehind(run), method).to.equal(0);
    }
  });
});
