import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { cpuBackend } from '../../backend.js';
import {
  ablationCam,
  cam,
  eigenCam,
  firstDirection,
  gradCam,
  gradCamPlusPlus,
  layerCam,
  reciproCam,
  scoreCam,
  xGradCam,
} from '../../../src/explain/index.js';
import { fakeClassifier, values } from '../fake-classifier.js';
import { difference } from '../goldens.js';
import { imagesFor, networks } from '../networks.js';

// 1 image, 1×2 positions, 3 channels: the first shows the left position, the second the right one, the third both.
const activations = [
  [
    [
      [2, 0, 1],
      [0, 4, 1],
    ],
  ],
];
// Logits are the channel means times this: class 0 likes the first channel and dislikes the second, class 1 the third.
const kernel = [
  [4, 0],
  [-2, 0],
  [0, 6],
];
const head = (x: tf.Tensor4D): tf.Tensor2D => tf.matMul(tf.mean<tf.Tensor2D>(x, [1, 2]), tf.tensor2d(kernel));
const network = fakeClassifier({ activations, head, classes: 2 });
const image = (): tf.Tensor4D => tf.zeros([1, 1, 2, 3]);

describe('methods of the target layer', () => {
  before(cpuBackend);

  describe('gradCam', () => {
    it('weighs each channel by its mean gradient and keeps what is above 0', () => {
      // Gradients of class 0: 4/2, −2/2, 0 at every position. Left 2·2, right 4·(−1) → 0.
      expect(values(gradCam(network, image(), { target: 0 }).raw)).to.deep.equal([4, 0]);
      expect(values(gradCam(network, image(), { target: 1 }).raw)).to.deep.equal([3, 3]);
    });

    it('is 0 where it is constant', () => {
      expect(values(gradCam(network, image(), { target: 1 }).map)).to.deep.equal([0, 0]);
    });
  });

  describe('layerCam', () => {
    it('weighs each activation by its own positive gradient', () => {
      expect(values(layerCam(network, image(), { target: 0 }).raw)).to.deep.equal([4, 0]);
      // A head that looks at the left position alone: nothing is left of the right one.
      const left = (x: tf.Tensor4D): tf.Tensor2D =>
        tf.slice(tf.reshape<tf.Rank.R2>(x, [-1, 6]), [0, 0], [-1, 2]);
      const looking = fakeClassifier({ activations, head: left, classes: 2 });
      expect(values(layerCam(looking, image(), { target: 0 }).raw)).to.deep.equal([2, 0]);
    });
  });

  describe('xGradCam', () => {
    it('weighs each pixel’s gradient by its share of the channel; an empty channel counts 0', () => {
      // Gradient x position: 3 at the left, 1 at the right, of a channel with activations 1 and 3: (3·1 + 1·3) / 4.
      const one = [[[[1], [3]]]];
      const uneven = (x: tf.Tensor4D): tf.Tensor2D =>
        tf.matMul(tf.reshape(x, [-1, 2]), tf.tensor2d([[3], [1]]));
      const seen = fakeClassifier({ activations: one, head: uneven, classes: 1, probability: 'sigmoid' });
      expect(values(xGradCam(seen, image(), { target: 0 }).raw)).to.deep.equal([1.5, 4.5]);
      const empty = fakeClassifier({
        activations: [[[[0], [0]]]],
        head: uneven,
        classes: 1,
        probability: 'sigmoid',
      });
      expect(values(xGradCam(empty, image(), { target: 0 }).raw)).to.deep.equal([0, 0]);
    });
  });

  describe('gradCamPlusPlus', () => {
    it('weighs positive gradients by 1 / (2 + g · sum of the channel)', () => {
      // Class 0, first channel: g = 2, sum 2: alpha 1/6; weight 2 positions · 2/6. The second channel's g is below 0.
      expect(
        difference(values(gradCamPlusPlus(network, image(), { target: 0 }).raw), [4 / 3, 0]),
      ).to.be.below(1e-6);
    });

    it('takes an epsilon, and gradients whose cubes float32 does not hold', () => {
      const small = (x: tf.Tensor4D): tf.Tensor2D => tf.mul(head(x), 1e-15);
      const seen = fakeClassifier({ activations, head: small, classes: 2 });
      const [left] = values(gradCamPlusPlus(seen, image(), { target: 0 }).raw);
      // alpha → 1/2: 2 positions · 2e-15 / 2 · activation 2.
      expect(left! / 4e-15).to.be.closeTo(1, 1e-5);
      expect(values(gradCamPlusPlus(seen, image(), { target: 0, epsilon: 1e-6 }).raw)[0]).to.be.below(1e-30);
    });
  });

  describe('cam', () => {
    const withKernel = { ...network, linearHead: () => tf.tensor2d(kernel) };

    it('weighs the channels by the class’s row of the linear layer, signed', () => {
      expect(values(cam(withKernel, image(), { target: 0 }).raw)).to.deep.equal([8, -8]);
      expect(values(cam(withKernel, image(), { target: 1 }).raw)).to.deep.equal([6, 6]);
    });

    it('is Grad-CAM times the positions, before ReLU, on networks with that end', () => {
      for (const kind of [
        'pooling and dense, not square',
        'depthwise, batch norm, ReLU6, softmax as MobileNet',
        'a trained base inside of a new model',
      ]) {
        const seen = networks[kind]!();
        const images = imagesFor(seen, 2);
        const [one, other] = [cam(seen, images, { target: 1 }), gradCam(seen, images, { target: 1 })];
        const positions = one.raw.shape[1] * one.raw.shape[2];
        const found = values(tf.relu(one.raw));
        expect(Math.max(...found), kind).to.be.above(0.01);
        expect(difference(found, values(tf.mul(other.raw, positions))), kind).to.be.below(1e-4);
      }
    });

    it('says what to use where the network has another end', () => {
      expect(() => cam(network, image())).to.throw(
        /^cam: expected a network that goes .* pooling and one linear layer, found .*; use grad-cam/,
      );
    });
  });

  describe('eigenCam', () => {
    it('projects on the direction in which the activations differ most', () => {
      // Positions (3, 4)·t with t = −1, 0, 1 around a mean: the direction is (0.6, 0.8).
      const line = [
        [
          [
            [7, 6],
            [10, 10],
            [13, 14],
          ],
        ],
      ];
      const { raw, map } = eigenCam(fakeClassifier({ activations: line }), tf.zeros([1, 1, 3, 3]));
      expect(difference(values(raw), [-5, 0, 5])).to.be.below(1e-5);
      expect(difference(values(map), [0, 0, 1])).to.be.below(1e-6);
    });

    it('finds the first singular vector, also of wide, tall and empty matrices', () => {
      // Singular values 3 and 2 along the axes, the larger one turned by its sign.
      const wide = tf.tensor3d([
        [
          [-3, 0, 0],
          [0, 2, 0],
        ],
      ]);
      expect(difference(values(firstDirection(wide)), [1, 0, 0])).to.be.below(1e-6);
      expect(difference(values(firstDirection(tf.transpose(wide, [0, 2, 1]))), [1, 0])).to.be.below(1e-6);
      expect(values(firstDirection(tf.zeros([1, 2, 3])))).to.deep.equal([0, 0, 0]);
    });

    it('parts singular values that are nearly the same', () => {
      const near = tf.tensor3d([
        [
          [1, 0],
          [0, 1.0001],
        ],
      ]);
      expect(difference(values(firstDirection(near)), [0, 1])).to.be.below(1e-3);
    });
  });

  describe('reciproCam', () => {
    it('is the probability of each position with all others empty', () => {
      // Left alone: logits (4·1, 6·0.5) = (4, 3); right alone: (−2·2, 3).
      const { raw } = reciproCam(network, image(), { target: 0 });
      const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
      expect(difference(values(raw), [sigmoid(1), sigmoid(-7)])).to.be.below(1e-6);
    });
  });

  describe('ablationCam', () => {
    it('weighs each channel by the share of the logit that is lost without it', () => {
      // Logit of class 0: 4·1 − 2·2 + 0 = 0 → no share of nothing. Of class 1: 6, all of it from the third channel.
      expect(values(ablationCam(network, image(), { target: 0 }).details['weights']!)).to.deep.equal([
        0, 0, 0,
      ]);
      expect(values(ablationCam(network, image(), { target: 1 }).raw)).to.deep.equal([1, 1]);
    });

    it('does not turn round where the logit is below 0', () => {
      const lower = (x: tf.Tensor4D): tf.Tensor2D => tf.sub(head(x), 10);
      const { details } = ablationCam(fakeClassifier({ activations, head: lower, classes: 2 }), image(), {
        target: 0,
      });
      expect(difference(values(details['weights']!), [0.4, -0.4, 0])).to.be.below(1e-6);
    });
  });

  describe('scoreCam', () => {
    // Left pixel: evidence for class 0; right pixel: for class 1.
    const input = (): tf.Tensor4D =>
      tf.tensor4d([
        [
          [
            [2, 0],
            [0, 2],
          ],
        ],
      ]);
    const scored = fakeClassifier({ activations, classes: 2 });
    const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

    it('weighs each channel by the probability of the image seen through it; a constant channel counts 0', () => {
      const { raw, details } = scoreCam(scored, input(), { target: 0 });
      expect(difference(values(details['weights']!), [sigmoid(1), sigmoid(-1), 0])).to.be.below(1e-6);
      expect(difference(values(raw), [2 * sigmoid(1), 4 * sigmoid(-1)])).to.be.below(1e-5);
    });

    it('subtracts the score of an image of zeros when asked', () => {
      const { details, raw } = scoreCam(scored, input(), { target: 0, increase: true });
      expect(difference(values(details['weights']!), [sigmoid(1) - 0.5, sigmoid(-1) - 0.5, 0])).to.be.below(
        1e-6,
      );
      expect(values(raw)[1], 'ReLU').to.equal(0);
    });
  });
});
