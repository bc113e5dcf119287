import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { random } from '../../../src/random.js';
import { symmetricBeta } from '../../../src/train/step/beta.js';
import { drawMixing, mixImages, mixes } from '../../../src/train/step/mix.js';
import { objective } from '../../../src/train/step/objective.js';
import { values } from '../support/tensors.js';
import { batchOf, nobody, noiseBatch, smallest, trainingOf } from '../support/networks.js';
import { needsNative } from '../../backend.js';

const ints = (...list: number[]): tf.Tensor1D => tf.tensor1d(list, 'int32');

describe('symmetricBeta', () => {
  it('has mean 1/2 and the variance 1 / (4 (2 alpha + 1)), however small alpha is', () => {
    for (const alpha of [1e-3, 0.2, 1, 4]) {
      const next = random(5);
      const drawn = Array.from({ length: 4000 }, () => symmetricBeta(alpha, next));
      const mean = drawn.reduce((sum, share) => sum + share, 0) / drawn.length;
      const variance = drawn.reduce((sum, share) => sum + (share - mean) ** 2, 0) / drawn.length;
      expect(mean, `mean at ${alpha}`).to.be.closeTo(0.5, 0.03);
      expect(variance, `variance at ${alpha}`).to.be.closeTo(1 / (4 * (2 * alpha + 1)), 0.01);
      expect(drawn.every((share) => share >= 0 && share <= 1)).to.equal(true);
    }
  });
});

describe('mixImages', () => {
  before(needsNative);
  const images = () => tf.tensor4d([0, 0, 0, 0, 8, 8, 8, 8], [2, 2, 2, 1]);
  const mixed = (rectangles: number[][], depth: number[]) => {
    const found = tf.tidy(() => {
      const draws = { partner: ints(1, 0), rectangles: tf.tensor2d(rectangles), depth: tf.tensor1d(depth) };
      const { images: seen, mixed } = mixImages(images(), draws);
      return [seen, mixed.share];
    });
    return found.map(values);
  };

  it('is mixup in the whole image: share · image + (1 − share) · partner', () => {
    expect(mixed([[0, 0, 2, 2], [0, 0, 2, 2]], [0.25, 0])).to.deep.equal([[2, 2, 2, 2, 8, 8, 8, 8], [0.75, 1]]); // prettier-ignore
  });

  it('is CutMix in a rectangle, with the share of the area that stays', () => {
    expect(mixed([[0, 1, 1, 2], [0, 0, 2, 1]], [1, 1])).to.deep.equal([[0, 8, 0, 0, 0, 8, 0, 8], [0.75, 0.5]]); // prettier-ignore
  });
});

describe('drawMixing', () => {
  before(needsNative);
  const drawn = (mixing: { mixup: number; cutmix: number }, images: number, seed: number) => {
    const draws = drawMixing(mixing, [images, 40, 30], seed);
    const found = { partner: [...draws.partner.dataSync()], rectangles: draws.rectangles.arraySync(), depth: [...draws.depth.dataSync()] }; // prettier-ignore
    tf.dispose([draws.partner, draws.rectangles, draws.depth]);
    return found;
  };

  it('gives each image another one, as far behind it as all others have theirs', () => {
    const { partner } = drawn({ mixup: 1, cutmix: 0 }, 6, 1);
    expect(new Set(partner.map((other, image) => (other - image + 6) % 6)).size).to.equal(1);
    expect(partner[0]).to.be.above(0);
    expect(drawn({ mixup: 1, cutmix: 0 }, 1, 1).partner).to.deep.equal([0]);
  });

  it('lets one in two images go either way where both are asked for', () => {
    const { rectangles, depth } = drawn({ mixup: 1, cutmix: 1 }, 400, 2);
    const whole = rectangles.filter((rectangle) => rectangle.join() === '0,0,40,30').length;
    expect(whole).to.be.within(160, 240);
    expect(depth.filter((share) => share === 1).length).to.equal(400 - whole);
    const cuts = drawn({ mixup: 0, cutmix: 1 }, 400, 2);
    const area = cuts.rectangles.map(([top, left, bottom, right]) => (bottom! - top!) * (right! - left!));
    expect(Math.min(...area)).to.be.within(0, 5);
    expect(Math.max(...area)).to.be.above(700);
  });

  it('gives the same for the same seed, and else another', () => {
    const both = { mixup: 0.2, cutmix: 1 };
    expect(drawn(both, 5, 7)).to.deep.equal(drawn(both, 5, 7));
    expect(drawn(both, 5, 8)).to.not.deep.equal(drawn(both, 5, 7));
    expect([mixes({ mixup: 0, cutmix: 0 }), mixes({ mixup: 0, cutmix: 0.1 })]).to.deep.equal([false, true]);
  });
});

describe('the objective of mixed images', () => {
  before(needsNative);
  // Probabilities (3/4, 1/4) for each.
  const logits = () => tf.tensor2d([Math.log(3), 0, Math.log(3), 0], [2, 2]);
  const draws = () => ({ partner: ints(1, 0), rectangles: tf.tensor2d([[0, 0, 1, 1], [0, 0, 1, 1]]), depth: tf.tensor1d([0.75, 0]) }); // prettier-ignore
  const aim = (options: object = {}, staged: tf.Tensor4D | null = null) =>
    objective(
      tf.tensor4d([4, 8], [2, 1, 1, 1]),
      ints(0, 1),
      staged && { staged: { images: staged, map: tf.zeros([2, 1, 1]), mask: tf.zeros([2, 1, 1]), zero: tf.tensor1d([0, 0], 'bool') }, chosen: ints(0, 1) }, // prettier-ignore
      { labelSmoothing: 0, consistency: 0, ...options },
      draws(),
    );
  const [first, second] = [-Math.log(0.75), -Math.log(0.25)];

  it('mixes the losses of both labels; the larger share is the class that accuracy asks for', () => {
    const { images, labels, loss, weight } = aim();
    expect(values(images)).to.deep.equal([7, 8]);
    expect(values(labels)).to.deep.equal([1, 1]);
    expect(values(weight)).to.deep.equal([2]);
    expect(values(loss(logits()))[0]).to.be.closeTo(0.25 * first + 0.75 * second + second, 1e-6);
  });

  it('smooths both labels', () => {
    const smooth = (own: number, other: number) => 0.9 * own + 0.1 * other;
    const wanted = 0.25 * smooth(first, second) + 1.75 * smooth(second, first);
    expect(values(aim({ labelSmoothing: 0.2 }).loss(logits()))[0]).to.be.closeTo(wanted, 1e-6);
  });

  it('weighs each label by the weight of its class, and the image by both', () => {
    const { loss, weight } = aim({ classWeights: [1, 4] });
    expect(values(loss(logits()))[0]).to.be.closeTo(0.25 * first + 4 * 0.75 * second + 4 * second, 1e-5);
    expect(values(weight)[0]).to.be.closeTo(0.25 + 4 * 0.75 + 4, 1e-6);
  });

  it('mixes what the stage left', () => {
    expect(values(aim({}, tf.tensor4d([40, 80], [2, 1, 1, 1])).images)).to.deep.equal([70, 80]);
  });
});

describe('training on mixed images', () => {
  before(needsNative);
  const lossOf = (seed: number, options: object, batch = noiseBatch(6, 2, 2)): number => {
    const network = smallest([[1, 0], [0, 0.5], [0, 0]], [0, 0]); // prettier-ignore
    const training = trainingOf(network, { freeze: ['norm'], ...options });
    const { loss } = training.run(batch, nobody, 0, seed);
    training.dispose();
    network.model.dispose();
    return loss;
  };

  it('follows from the seed of the batch, and is nothing without an alpha', () => {
    const mixing = { mixup: 0.5, cutmix: 0.5 };
    expect(lossOf(1, { mixing })).to.equal(lossOf(1, { mixing }));
    expect(lossOf(1, { mixing })).to.not.equal(lossOf(2, { mixing }));
    expect(lossOf(1, { mixing: { mixup: 0, cutmix: 0 } })).to.equal(lossOf(1, {}));
  });

  it('leaves the only image of a batch as it is', () => {
    const one = batchOf([Array<number>(12).fill(9)], [1]);
    expect(lossOf(1, { mixing: { mixup: 1, cutmix: 1 } }, one)).to.be.closeTo(lossOf(1, {}, one), 1e-5);
  });
});
