import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { cpuBackend } from '../backend.js';
import { inFill, perturbationScores } from '../../src/evaluate/index.js';
import { InvalidInput } from '../../src/errors.js';
import { fakeClassifier, leftBehind, values } from '../explain/fake-classifier.js';

/** Two classes: the probability of class 0 is the sigmoid of the mean of the red channel. */
const network = fakeClassifier({
  logits: (images) => tf.slice(tf.mean<tf.Tensor2D>(images, [1, 2]), [0, 0], [-1, 1]),
  classes: 1,
  probability: 'sigmoid',
});
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const red = (pixels: number[]) =>
  tf.tensor4d(
    pixels.flatMap((value) => [value, 9, 9]),
    [1, 2, 2, 3],
  );

describe('perturbationScores', () => {
  before(cpuBackend);

  it('scores with the first 0, n, 2n, … pixels replaced, at last all', () => {
    const from = red([4, 8, 12, 16]);
    const places = tf.tensor3d([2, 0, 1, 3], [1, 2, 2], 'int32');
    const target = tf.tensor1d([0], 'int32');
    const scores = (pixelsPerStep: number) =>
      values(
        perturbationScores(network, from, red([0, 0, 0, 0]), places, target, { pixelsPerStep, chunk: 2 }),
      );
    const sums = [40, 32, 20, 16, 0]; // 8 goes first, then 12, 4, 16
    const expected = (picked: number[]) => picked.map((sum) => Math.fround(sigmoid(sum / 4)));
    const close = (found: number[], sumsLeft: number[]) =>
      expected(sumsLeft).forEach((value, step) => expect(found[step]).to.be.closeTo(value, 1e-6));
    expect(scores(1)).to.have.length(5);
    close(scores(1), sums);
    expect(scores(3)).to.have.length(3); // the last step is a short one
    close(scores(3), [40, 16, 0]);
    expect(scores(4)).to.have.length(2);
    close(scores(100), [40, 0]);
  });

  it('keeps each image to its own order and class', () => {
    const three = fakeClassifier({ logits: (images) => tf.mean(images, [1, 2]) });
    const images = tf.tensor4d([5, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0], [2, 1, 2, 3]);
    const places = tf.tensor3d([0, 1, 1, 0], [2, 1, 2], 'int32');
    const target = tf.tensor1d([0, 1], 'int32');
    const found = values(
      perturbationScores(three, images, tf.zerosLike(images), places, target, {
        pixelsPerStep: 1,
        chunk: 64,
      }),
    );
    const share = (logit: number) => Math.exp(logit) / (Math.exp(logit) + 2);
    const expected = [share(2.5), 1 / 3, 1 / 3, share(3.5), share(3.5), 1 / 3];
    expected.forEach((value, index) => expect(found[index]).to.be.closeTo(value, 1e-6));
  });

  it('gives the same whatever the chunk, and leaves no tensor behind', () => {
    const images = tf.randomUniform<tf.Rank.R4>([3, 4, 4, 3], 0, 1, 'float32', 1);
    const places = tf.tensor3d(
      Array.from({ length: 48 }, (_, index) => (index * 5) % 16),
      [3, 4, 4],
      'int32',
    );
    const target = tf.tensor1d([0, 1, 2], 'int32');
    const score = (chunk: number) =>
      perturbationScores(fakeClassifier(), images, inFill(images, { kind: 'mean' }), places, target, {
        pixelsPerStep: 3,
        chunk,
      });
    const whole = values(score(100));
    values(score(2)).forEach((value, index) => expect(value).to.be.closeTo(whole[index]!, 1e-6));
    const start = tf.zerosLike(images);
    expect(
      leftBehind(() =>
        perturbationScores(network, start, images, places, target, { pixelsPerStep: 3, chunk: 4 }),
      ),
    ).to.equal(0);
  });

  it('refuses a step of no pixels', () => {
    const images = red([1, 2, 3, 4]);
    const places = tf.zeros<tf.Rank.R3>([1, 2, 2], 'int32');
    expect(() =>
      perturbationScores(network, images, images, places, tf.tensor1d([0], 'int32'), {
        pixelsPerStep: 0,
        chunk: 1,
      }),
    ).to.throw(InvalidInput, 'pixelsPerStep: expected an integer, 1 or more, found 0');
  });
});

describe('inFill', () => {
  before(cpuBackend);

  it('is zeros, each image’s own mean color, or the image blurred', () => {
    const images = tf.tensor4d([1, 2, 3, 3, 4, 7], [1, 1, 2, 3]);
    expect(values(inFill(images, { kind: 'zeros' }))).to.deep.equal([0, 0, 0, 0, 0, 0]);
    expect(values(inFill(images, { kind: 'mean' }))).to.deep.equal([2, 3, 5, 2, 3, 5]);
    const flat = tf.fill<tf.Rank.R4>([1, 8, 8, 3], 0.5);
    values(inFill(flat, { kind: 'blur', size: 5, sigma: 2 })).forEach((value) =>
      expect(value).to.be.closeTo(0.5, 1e-6),
    );
  });
});
