import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { cpuBackend } from '../../backend.js';
import {
  activationGradient,
  activationsInChunks,
  blend,
  gains,
  inChunks,
  scoreImages,
  scoreMasked,
  targetIndices,
} from '../../../src/explain/index.js';
import { fakeClassifier, leftBehind, values } from '../fake-classifier.js';
import { difference } from '../goldens.js';

describe('blend', () => {
  before(cpuBackend);

  it('is the image where the mask is 1 and the baseline where it is 0', () => {
    const images = tf.tensor4d([
      [
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
      ],
    ]);
    const baseline = tf.tensor4d([
      [
        [
          [10, 20],
          [30, 40],
          [50, 60],
        ],
      ],
    ]);
    expect(values(blend(images, baseline, tf.tensor3d([[[1, 0, 0.5]]])))).to.deep.equal([
      1, 2, 30, 40, 27.5, 33,
    ]);
  });
});

describe('gains', () => {
  before(cpuBackend);

  it("are the scores less their own image's baseline score", () => {
    const scores = tf.tensor2d([
      [0.5, 0.25],
      [0.75, 1],
    ]);
    expect(values(gains(scores, tf.tensor1d([0.25, 1])))).to.deep.equal([0.25, 0, -0.25, 0]);
  });
});

describe('inChunks', () => {
  before(cpuBackend);

  it('covers every row once, in chunks as even as they can be', () => {
    const sizes: number[] = [];
    const rows = inChunks(10, 4, (part) => {
      sizes.push(part.size);
      return tf.mul(part, 2);
    });
    expect(values(rows)).to.deep.equal([0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
    expect(sizes).to.deep.equal([4, 4, 2]);
  });

  it('is not disturbed by values that are not numbers', () => {
    const rows = inChunks(3, 1, (part) => tf.add(tf.cast(part, 'float32'), NaN));
    expect(values(rows)).to.deep.equal([NaN, NaN, NaN]);
  });

  it('leaves no tensor behind', () => {
    expect(leftBehind(() => inChunks(5, 2, (part) => tf.neg(tf.square(part))))).to.equal(0);
  });
});

describe('scoreImages', () => {
  before(cpuBackend);

  it("is the softmax probability of each image's class", () => {
    const images = tf.tensor4d(
      [[[[0, Math.log(3), -Infinity]]], [[[0, 0, 0]]]].map((image) =>
        image.map((row) => row.map((pixel) => pixel.map((value) => Math.max(value, -100)))),
      ),
    );
    const scores = values(scoreImages(fakeClassifier(), images, tf.tensor1d([1, 2], 'int32'), 32));
    expect(difference(scores, [0.75, 1 / 3])).to.be.below(1e-6);
  });

  it('takes the sigmoid where the network has one output', () => {
    const classifier = fakeClassifier({ classes: 1, probability: 'sigmoid' });
    const scores = values(
      scoreImages(classifier, tf.fill([1, 1, 1, 1], Math.log(3)), tf.tensor1d([0], 'int32'), 1),
    );
    expect(difference(scores, [0.75])).to.be.below(1e-6);
  });
});

describe('scoreMasked', () => {
  before(cpuBackend);
  const ln = Math.log;
  // One pixel an image. Class 1 against class 0: odds of 3 with the image, of 1 with the baseline.
  const images = () => tf.tensor4d([[[[0, ln(3)]]], [[[0, ln(9)]]]]);
  const target = () => tf.tensor1d([1, 0], 'int32');
  const masks = () =>
    tf.tensor4d([
      [[[1]], [[0]], [[0.5]]],
      [[[0]], [[0.5]], [[1]]],
    ]);
  const expected = [3 / 4, 1 / 2, Math.sqrt(3) / (1 + Math.sqrt(3)), 1 / 2, 1 / 4, 1 / 10];

  it('scores every image under every mask of its own', () => {
    const scores = scoreMasked(fakeClassifier(), images(), tf.zerosLike(images()), masks(), target(), 32);
    expect(scores.shape).to.deep.equal([2, 3]);
    expect(difference(values(scores), expected)).to.be.below(1e-6);
  });

  it('never makes more copies than a chunk, and gives the same scores', () => {
    for (const chunk of [1, 2, 4, 5]) {
      const sizes: number[] = [];
      const classifier = fakeClassifier({
        logits: (copies) => {
          sizes.push(copies.shape[0]);
          return tf.mean(copies, [1, 2]);
        },
      });
      const scores = values(
        scoreMasked(classifier, images(), tf.zerosLike(images()), masks(), target(), chunk),
      );
      expect(difference(scores, expected)).to.be.below(1e-6);
      expect(Math.max(...sizes)).to.be.at.most(chunk);
      expect(sizes.reduce((sum, size) => sum + size)).to.equal(6);
    }
  });

  it('brings small masks to the size of the images', () => {
    const image = tf.tensor4d([
      [
        [
          [0, 4],
          [0, 4],
          [0, 4],
          [0, 4],
        ],
      ],
    ]);
    // Upsampled to 0, 0.25, 0.75, 1: the mean logit is 4 · 0.5.
    const mask = tf.tensor4d([[[[0, 1]]]]);
    const scores = values(
      scoreMasked(fakeClassifier(), image, tf.zerosLike(image), mask, tf.tensor1d([1], 'int32'), 8),
    );
    expect(difference(scores, [1 / (1 + Math.exp(-2))])).to.be.below(1e-6);
  });

  it('leaves no tensor behind', () => {
    const given = [images(), tf.zerosLike(images()), masks(), target()] as const;
    expect(leftBehind(() => scoreMasked(fakeClassifier(), ...given, 2))).to.equal(0);
    tf.dispose([...given]);
  });
});

describe('activationsInChunks', () => {
  before(cpuBackend);

  it('gives the same, `chunk` images at a time', () => {
    const images = tf.reshape<tf.Rank.R4>(tf.range(0, 5), [5, 1, 1, 1]);
    const sizes: number[] = [];
    const activations = (part: tf.Tensor4D): tf.Tensor4D => {
      sizes.push(part.shape[0]);
      return tf.mul(part, 10);
    };
    expect(values(activationsInChunks({ activations }, images, 2))).to.deep.equal([0, 10, 20, 30, 40]);
    expect(sizes).to.deep.equal([2, 2, 1]);
  });
});

describe('targetIndices', () => {
  before(cpuBackend);
  const logits = () =>
    tf.tensor2d([
      [0, 2, 1],
      [3, 0, 0],
    ]);

  it('takes one class for all, one for each, or the predicted ones', () => {
    expect(values(targetIndices(2, 2, 3, logits))).to.deep.equal([2, 2]);
    expect(values(targetIndices([2, 0], 2, 3, logits))).to.deep.equal([2, 0]);
    expect(values(targetIndices(tf.tensor1d([1, 2]), 2, 3, logits))).to.deep.equal([1, 2]);
    expect(values(targetIndices('predicted', 2, 3, logits))).to.deep.equal([1, 0]);
  });

  it('refuses a class that is none and another number of them', () => {
    expect(() => targetIndices(3, 2, 3, logits)).to.throw(
      'target: expected a class index from 0 to 2, found 3',
    );
    expect(() => targetIndices([1], 2, 3, logits)).to.throw(
      'target: expected one class for each of 2 images, found [1]',
    );
    expect(() => targetIndices([0, -1], 2, 3, logits)).to.throw('target: expected a class index');
    expect(() => targetIndices(tf.tensor1d([1]), 2, 3, logits)).to.throw(
      'target: expected class indices of shape [2]',
    );
  });
});

describe('activationGradient', () => {
  before(cpuBackend);
  const activations = () =>
    tf.tensor4d([
      [
        [
          [1, 0],
          [3, 0],
        ],
      ],
      [
        [
          [0, 0],
          [0, 2],
        ],
      ],
    ]);

  it('is the class column of a linear head, divided by the positions', () => {
    const kernel = tf.tensor2d([
      [1, 2],
      [4, 8],
    ]);
    const classifier = fakeClassifier({
      head: (x) => tf.matMul(tf.mean<tf.Tensor2D>(x, [1, 2]), kernel),
      classes: 2,
    });
    const gradient = values(activationGradient(classifier, activations(), tf.tensor1d([0, 1], 'int32')));
    expect(gradient).to.deep.equal([0.5, 2, 0.5, 2, 1, 4, 1, 4]);
  });

  it('of a probability is scaled by p (1 − p) where there are two classes', () => {
    const gradient = values(
      activationGradient(fakeClassifier(), activations(), tf.tensor1d([0, 1], 'int32'), 'probability'),
    );
    const slope = (logit: number): number => Math.exp(logit) / (1 + Math.exp(logit)) ** 2 / 2;
    const [first, second] = [slope(2), slope(1)];
    const expected = [first, -first, first, -first, -second, second, -second, second];
    expect(difference(gradient, expected)).to.be.below(1e-6);
  });

  it('leaves no tensor behind', () => {
    const [given, target] = [activations(), tf.tensor1d([0, 1], 'int32')];
    expect(leftBehind(() => activationGradient(fakeClassifier(), given, target))).to.equal(0);
    tf.dispose([given, target]);
  });
});
