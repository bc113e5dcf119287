import { expect } from 'chai';
import { needsNative } from '../../backend.js';
import { classifier, type Classifier, torchvisionPreprocessing } from '../../../src/models/index.js';
import { batchOf, noiseBatch, nobody, part, smallest, trainingOf, weightsOf } from '../support/networks.js';
import { tinyResNet } from '../support/scene.js';

// Two images of 2 × 2; every pixel of the first has the channels (1, 2, 3), of the second (3, 6, 3).
const two = batchOf(
  [Array(4).fill([1, 2, 3]).flat() as number[], Array(4).fill([3, 6, 3]).flat() as number[]],
  [0, 1],
);

function near(found: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-6): void {
  expect(found.length).to.equal(expected.length);
  Array.from(found).forEach((value, index) =>
    expect(value, `at place ${index}`).to.be.closeTo(expected[index]!, tolerance),
  );
}

/** The largest difference of any weight of two networks. */
function distance(one: Map<string, number[]>, other: Map<string, number[]>): number {
  const differences = [...one].flatMap(([name, values]) =>
    values.map((value, index) => Math.abs(value - other.get(name)![index]!)),
  );
  // A NaN is infinitely far.
  return differences.reduce((most, value) => (Number.isNaN(value) ? Infinity : Math.max(most, value)), 0);
}

describe('training', () => {
  before(needsNative);
  const made: Classifier[] = [];
  const keep = (network: Classifier): Classifier => (made.push(network), network);
  const tiny = (): Classifier => keep(classifier(tinyResNet(3), { preprocessing: torchvisionPreprocessing }));
  after(() => made.forEach(({ model }) => model.dispose()));

  describe('one step', () => {
    it('moves the head by the mean gradient over the images, by hand', () => {
      const network = keep(smallest([[0, 0], [0, 0], [0, 0]], [0, 0])); // prettier-ignore
      const training = trainingOf(network, { freeze: ['norm'] });
      const { loss, correct, images } = training.run(two, nobody, 0.5);
      training.dispose();
      // Zero logits: every probability is 1/2; frozen and fresh, the norm passes the pixels on.
      expect(images).to.equal(2);
      expect(loss).to.be.closeTo(2 * Math.log(2), 1e-6);
      expect(correct).to.equal(2);
      // d loss / d logits = probability − label = ∓1/2, the mean over two images; rate 0.5.
      const step = (channel: number) =>
        (0.5 * (0.5 * two.pixels[channel]! - 0.5 * two.pixels[12 + channel]!)) / 2;
      near(
        weightsOf(network).get('head/kernel')!,
        [0, 1, 2].flatMap((c) => [step(c), -step(c)]),
      );
      near(weightsOf(network).get('head/bias')!, [0, 0]);
    });

    it('updates running statistics as PyTorch: 0.9 · old + 0.1 · batch, with the unbiased variance', () => {
      const network = keep(smallest([[0, 0], [0, 0], [0, 0]], [0, 0])); // prettier-ignore
      const training = trainingOf(network);
      training.run(two, nobody, 0);
      const once = weightsOf(network);
      // Eight values a channel, half of them 1 and half 3: mean 2, sum of squares 8, unbiased variance 8/7.
      near(once.get('norm/moving_mean')!, [0.1 * 2, 0.1 * 4, 0.1 * 3]);
      near(once.get('norm/moving_variance')!, [0.9 + 0.1 * (8 / 7), 0.9 + 0.1 * (32 / 7), 0.9]);
      training.run(two, nobody, 0);
      near(weightsOf(network).get('norm/moving_mean')!, [0.19 * 2, 0.19 * 4, 0.19 * 3]);
      training.dispose();
    });

    it('divides by what the images count together, as CrossEntropyLoss with weight in PyTorch', () => {
      const network = keep(smallest([[0, 0], [0, 0], [0, 0]], [0, 0])); // prettier-ignore
      const training = trainingOf(network, { freeze: ['norm'], classWeights: [1, 3] });
      const { loss, weight } = training.run(two, nobody, 0.5);
      training.dispose();
      expect(weight).to.equal(4);
      expect(loss / weight).to.be.closeTo(Math.log(2), 1e-6);
      near(weightsOf(network).get('head/kernel')!, [-0.5, 0.5, -1, 1, -0.375, 0.375]);
      near(weightsOf(network).get('head/bias')!, [-0.125, 0.125]);
    });

    it('gives the loss of the smoothed label', () => {
      const network = keep(smallest([[0, 0], [0, 0], [0, 0]], [Math.log(3), 0])); // prettier-ignore
      const training = trainingOf(network, { freeze: ['norm'], labelSmoothing: 0.2 });
      const { loss } = training.run(two, nobody, 0);
      training.dispose();
      const image = (own: number, other: number) => -(0.9 * Math.log(own) + 0.1 * Math.log(other));
      expect(loss).to.be.closeTo(image(0.75, 0.25) + image(0.25, 0.75), 1e-6);
    });
  });

  describe('accumulation', () => {
    const eight = noiseBatch(10, 32, 3);
    const options = { preprocessing: torchvisionPreprocessing, freezeNorm: true, optimizer: { name: 'sgd' as const, momentum: 0.9, nesterov: false, weightDecay: 1e-2, clipNorm: 1 } }; // prettier-ignore
    const adamw = { name: 'adamw' as const, betas: [0.9, 0.99] as const, epsilon: 1e-3, weightDecay: 1e-2, clipNorm: 1 }; // prettier-ignore
    const trainIn = (groups: [number, number][][], more: object = {}): Map<string, number[]> => {
      const network = tiny();
      const accumulates = groups[0]!.length > 1;
      const training = trainingOf(network, { ...options, ...more, accumulates });
      for (const group of groups) {
        for (const [from, to] of group) training.run(part(eight, from, to), nobody, 0.1);
        if (accumulates) training.update(0.1);
      }
      training.dispose();
      return weightsOf(network);
    };

    it('makes of two batches of four the step of one batch of eight, twice', () => {
      const whole = trainIn([[[0, 8]], [[0, 8]]]);
      const halves = trainIn([[[0, 4], [4, 8]], [[0, 4], [4, 8]]]); // prettier-ignore
      // Sums in another order: float32 keeps 2e-6 of weights around 1.
      expect(distance(whole, halves)).to.be.below(2e-6);
      expect(distance(whole, weightsOf(tiny()))).to.be.above(0.01);
    });

    it('makes the same of them with AdamW', () => {
      const whole = trainIn([[[0, 8]], [[0, 8]]], { optimizer: adamw });
      const halves = trainIn([[[0, 4], [4, 8]], [[0, 4], [4, 8]]], { optimizer: adamw }); // prettier-ignore
      // A gradient near zero moves its weight by a share of the rate that depends on its last digits.
      expect(distance(whole, halves)).to.be.below(2e-3);
      expect(distance(whole, weightsOf(tiny()))).to.be.above(0.1);
    });

    it('takes the mean over the images, not over the batches, where the last batch is short', () => {
      const whole = trainIn([[[0, 10]]]);
      expect(distance(whole, trainIn([[[0, 4], [4, 8], [8, 10]]]))).to.be.below(2e-6); // prettier-ignore
    });

    it('with class weights takes the mean over the weights of all batches', () => {
      const weighted = { classWeights: [1, 5, 0.2] };
      const whole = trainIn([[[0, 10]]], weighted);
      expect(distance(whole, trainIn([[[0, 3], [3, 4], [4, 10]]], weighted))).to.be.below(2e-6); // prettier-ignore
      expect(distance(whole, trainIn([[[0, 10]]]))).to.be.above(1e-3);
    });

    it('begins every group at zero', () => {
      const network = tiny();
      const training = trainingOf(network, { ...options, accumulates: true });
      training.run(eight, nobody, 0.1);
      training.update(0.1);
      const once = weightsOf(network);
      // Nothing has come since: no step, not even one of momentum and decay.
      training.update(0.1);
      training.dispose();
      expect(distance(once, weightsOf(network))).to.equal(0);
    });
  });

  describe('freezing', () => {
    const moved = (options: Parameters<typeof trainingOf>[1]): string[] => {
      const network = tiny();
      const before = weightsOf(network);
      const training = trainingOf(network, { preprocessing: torchvisionPreprocessing, ...options });
      const batch = noiseBatch(4, 32, 3);
      for (let step = 0; step < 2; step++) training.run(batch, nobody, 0.1);
      training.dispose();
      const after = weightsOf(network);
      return [...before].filter(([name, old]) => old.some((value, at) => value !== after.get(name)![at])).map(([name]) => name); // prettier-ignore
    };

    it('without it everything moves, running statistics included', () => {
      expect(moved({})).to.have.length(weightsOf(tiny()).size);
    });

    it('holds weights and running statistics of the layers named, and of no others', () => {
      const names = moved({ freeze: ['conv1', 'bn1', 'layer1*'] });
      expect(names.filter((name) => /^(conv1|bn1|layer1)/.test(name))).to.deep.equal([]);
      expect(names).to.have.length(
        [...weightsOf(tiny()).keys()].filter((name) => /^(layer2|fc)/.test(name)).length,
      );
      expect(names).to.include.members([
        'layer2_0_bn1/moving_mean',
        'layer2_0_bn3/moving_variance',
        'fc/bias',
      ]);
    });

    it('holds every norm with freezeNorm', () => {
      const names = moved({ freezeNorm: true });
      expect(names.filter((name) => /gamma|beta|moving/.test(name))).to.deep.equal([]);
      expect(names).to.include.members(['conv1/kernel', 'layer2_0_conv3/kernel', 'fc/kernel']);
    });
  });
});
