import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { needsNative } from '../../backend.js';
import { colorJitter, distorts, drawDistortions, erase } from '../../../src/train/step/distort.js';
import { shiftHue } from '../../../src/train/step/hue.js';
import { values } from '../support/tensors.js';
import { batchOf, nobody, noiseBatch, smallest, trainingOf } from '../support/networks.js';

const none = { brightness: 0, contrast: 0, saturation: 0, hue: 0 };
const everything = { jitter: { brightness: 0.4, contrast: 0.5, saturation: 1.5, hue: 0.3 }, erasing: 0.5 };

describe('colorJitter', () => {
  before(needsNative);
  const pixels = () => tf.tensor4d([200, 100, 50, 10, 20, 30], [1, 1, 2, 3]);
  const jittered = (...factors: number[]): number[] =>
    values(tf.tidy(() => colorJitter(pixels(), tf.tensor2d([factors]))));
  const near = (found: number[], expected: number[], tolerance = 1e-3): void =>
    found.forEach((value, at) => expect(value).to.be.closeTo(expected[at]!, tolerance));

  it('leaves images as they are where all factors are 1', () => {
    near(jittered(1, 1, 1), [200, 100, 50, 10, 20, 30]);
  });

  // adjust_brightness, adjust_contrast, adjust_saturation of torchvision on the same pixels as float tensors.
  it('multiplies pixels, cut at 255', () => near(jittered(1.5, 1, 1), [255, 150, 75, 15, 30, 45]));
  it('multiplies the distance from the mean gray', () => {
    const mean = (0.2989 * 210 + 0.587 * 120 + 0.114 * 80) / 2;
    near(jittered(1, 0.5, 1), [200, 100, 50, 10, 20, 30].map((pixel) => mean + 0.5 * (pixel - mean))); // prettier-ignore
  });
  it('multiplies the distance from the gray of each pixel; 0 makes it gray', () => {
    const grays = [0.2989 * 200 + 0.587 * 100 + 0.114 * 50, 0.2989 * 10 + 0.587 * 20 + 0.114 * 30];
    near(jittered(1, 1, 0), [0, 0, 0, 1, 1, 1].map((at) => grays[at]!)); // prettier-ignore
  });

  it('treats every image by its own factors', () => {
    const two = tf.tidy(() => colorJitter(tf.tile(pixels(), [2, 1, 1, 1]), tf.tensor2d([[1, 1, 1], [0.5, 1, 1]]))); // prettier-ignore
    near(values(two), [200, 100, 50, 10, 20, 30, 100, 50, 25, 5, 10, 15]);
  });
});

describe('shiftHue', () => {
  before(needsNative);
  const pixels = [200, 100, 50, 10, 20, 30, 80, 80, 80, 7, 250, 249, 250, 3, 250];
  const turned = (turn: number): number[] =>
    values(tf.tidy(() => shiftHue(tf.tensor4d(pixels, [1, 1, 5, 3]), tf.tensor1d([turn]))));
  const near = (found: number[], expected: number[]): void =>
    found.forEach((value, at) => expect(value).to.be.closeTo(expected[at]!, 0.06));

  // adjust_hue of torchvision 0.29 on the same pixels as float tensors.
  it('turns the hue as torchvision', () => {
    near(turned(0.1), [200, 190, 50, 12, 10, 30, 80, 80, 80, 7, 105.2, 250, 250, 3, 101.8]);
    near(turned(-0.3), [130, 50, 200, 16, 30, 10, 80, 80, 80, 202.4, 250, 7, 3, 200.6, 250]);
    near(turned(0.5), [50, 150, 200, 30, 20, 10, 80, 80, 80, 250, 7, 8, 3, 250, 3]);
  });

  it('leaves it where the turn is 0 or whole', () => {
    near(turned(0), pixels);
    near(turned(0.5 + 0.5), pixels);
  });
});

describe('erase', () => {
  before(needsNative);

  it('puts zero inside of the rectangle, and leaves an image with an empty one', () => {
    const found = tf.tidy(() => erase(tf.ones([2, 3, 4, 1]), tf.tensor2d([[1, 2, 3, 4], [0, 0, 0, 0]]))); // prettier-ignore
    expect(values(found)).to.deep.equal([1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 0, 0, ...Array<number>(12).fill(1)]);
  });
});

describe('drawDistortions', () => {
  before(needsNative);
  const drawn = (seed: number, images = 400) => {
    const { factors, turns, rectangles } = drawDistortions(everything, [images, 40, 30], seed);
    const found = { factors: factors!.arraySync(), turns: turns!.arraySync(), rectangles: rectangles!.arraySync() }; // prettier-ignore
    tf.dispose([factors!, turns!, rectangles!]);
    return found;
  };

  it('draws within the strengths, and over all of their range', () => {
    const { factors, turns } = drawn(1);
    expect(Math.min(...turns)).to.be.within(-0.3, -0.28);
    expect(Math.max(...turns)).to.be.within(0.28, 0.3);
    [[0.6, 1.4], [0.5, 1.5], [0, 2.5]].forEach(([low, high], at) => {
      const column = factors.map((row) => row[at]!);
      expect(Math.min(...column)).to.be.within(low!, low! + 0.05);
      expect(Math.max(...column)).to.be.within(high! - 0.05, high!);
    }); // prettier-ignore
  });

  it('erases about the share of images asked for, 2 to 33 % of each, inside of it', () => {
    const erased = drawn(1).rectangles.filter(([, , bottom]) => bottom! > 0);
    expect(erased.length).to.be.within(160, 240);
    for (const [top, left, bottom, right] of erased) {
      expect([top! >= 0, left! >= 0, bottom! <= 40, right! <= 30]).to.deep.equal([true, true, true, true]);
      expect((bottom! - top!) * (right! - left!)).to.be.within(0.01 * 1200, 0.36 * 1200);
    }
  });

  it('gives the same for the same seed, whatever the number of images, and else another', () => {
    expect(drawn(7, 3)).to.deep.equal({ factors: drawn(7).factors.slice(0, 3), turns: drawn(7).turns.slice(0, 3), rectangles: drawn(7).rectangles.slice(0, 3) }); // prettier-ignore
    expect(drawn(8, 3)).to.not.deep.equal(drawn(7, 3));
  });

  it('draws nothing that is not asked for', () => {
    expect(drawDistortions({ jitter: none, erasing: 0 }, [2, 4, 4], 1)).to.deep.equal({ factors: undefined, turns: undefined, rectangles: undefined }); // prettier-ignore
    expect([distorts({ jitter: none, erasing: 0 }), distorts({ jitter: none, erasing: 0.1 })]).to.deep.equal([false, true]); // prettier-ignore
  });
});

describe('training on distorted images', () => {
  before(needsNative);
  const batch = noiseBatch(6, 2, 2);
  const lossOf = (seed: number, options: object, given = batch): number => {
    const network = smallest([[1, 0], [0, 0.5], [0, 0]], [0, 0]); // prettier-ignore
    const training = trainingOf(network, { freeze: ['norm'], ...options });
    const { loss } = training.run(given, nobody, 0, seed);
    training.dispose();
    network.model.dispose();
    return loss;
  };

  it('follows from the seed of the batch', () => {
    const distortions = { ...everything, erasing: 0 };
    expect(lossOf(1, { distortions })).to.equal(lossOf(1, { distortions }));
    expect(lossOf(1, { distortions })).to.not.equal(lossOf(2, { distortions }));
    expect(lossOf(1, { distortions })).to.not.equal(lossOf(1, {}));
  });

  it('changes nothing where nothing is asked for', () => {
    expect(lossOf(1, { distortions: { jitter: none, erasing: 0 } })).to.equal(lossOf(1, {}));
  });

  it('erases from what the network sees', () => {
    const white = batchOf(Array.from({ length: 20 }, () => Array<number>(12).fill(1)), Array<number>(20).fill(0)); // prettier-ignore
    // Logits of a white image: 1 and 0.5; every pixel that is erased takes some of the first one's lead.
    const loss = (erasing: number) => lossOf(3, { distortions: { jitter: none, erasing } }, white);
    expect(loss(0)).to.be.closeTo(20 * Math.log(1 + Math.exp(-0.5)), 1e-4);
    expect(loss(1)).to.be.above(loss(0) + 0.1);
  });
});
