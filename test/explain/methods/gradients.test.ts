import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { cpuBackend } from '../../backend.js';
import {
  gradient,
  gradientXInput,
  guidedBackprop,
  inputGradient,
  integratedGradients,
  smoothGrad,
  varGrad,
  type Maps,
} from '../../../src/explain/index.js';
import { fakeClassifier, values } from '../fake-classifier.js';
import { difference } from '../goldens.js';

// 1 image of 1×2 pixels with 2 channels.
const image = (): tf.Tensor4D =>
  tf.tensor4d([
    [
      [
        [1, -2],
        [3, 0.5],
      ],
    ],
  ]);
/** A network with one logit, a function of the four values. */
function oneLogit(logit: (x: tf.Tensor2D) => tf.Tensor) {
  const logits = (images: tf.Tensor4D): tf.Tensor2D =>
    tf.reshape(logit(tf.reshape(images, [-1, 4])), [-1, 1]);
  return fakeClassifier({ logits, classes: 1, probability: 'sigmoid' });
}
const linear = oneLogit((x) => tf.matMul(x, tf.tensor2d([[2], [-3], [0], [1]])));
const squares = oneLogit((x) => tf.sum(tf.square(x), 1));
const attribution = ({ details }: Maps): number[] => values(details['attribution']!);

describe('methods of the image gradient', () => {
  before(cpuBackend);

  it('gradient: the derivative of the logit, and of each pixel its largest channel', () => {
    expect(attribution(gradient(linear, image()))).to.deep.equal([2, -3, 0, 1]);
    expect(values(gradient(linear, image()).raw)).to.deep.equal([3, 1]);
    expect(values(gradient(linear, image()).map)).to.deep.equal([1, 0]);
  });

  it('gradientXInput: times the value of the pixel', () => {
    expect(attribution(gradientXInput(linear, image()))).to.deep.equal([2, 6, 0, 0.5]);
  });

  describe('guidedBackprop', () => {
    // x → ReLU → times (1, −1, 1, −1): the gradient is stopped where the input or the gradient is below 0.
    const weights = tf.tensor2d([[1], [-1], [1], [-1]]);
    const rectified = (relu: (x: tf.Tensor2D) => tf.Tensor2D) =>
      oneLogit((x) => tf.matMul(relu(tf.relu(x)), weights));

    it('stops at a ReLU where the input or the gradient is not above 0', () => {
      const network = rectified((x) => x);
      expect(difference(attribution(gradient(network, image())), [1, 0, 1, -1])).to.equal(0);
      // The last ReLU has input 0.5 and gradient −1.
      expect(attribution(guidedBackprop(network, image()))).to.deep.equal([1, 0, 1, 0]);
    });

    it('knows ReLU6 too', () => {
      const network = oneLogit((x) => tf.matMul(tf.relu6(tf.mul(x, 3)), weights));
      // 3·3 is above 6: closed.
      expect(attribution(guidedBackprop(network, image()))).to.deep.equal([3, 0, 0, 0]);
    });

    it('leaves the usual gradient as it was, also after an error', () => {
      const network = rectified((x) => x);
      guidedBackprop(network, image());
      expect(difference(attribution(gradient(network, image())), [1, 0, 1, -1])).to.equal(0);
      const broken = oneLogit(() => {
        throw new Error('broken');
      });
      const target = tf.tensor1d([0], 'int32');
      expect(() => inputGradient(broken, image(), target, 'guided')).to.throw('broken');
      expect(difference(attribution(gradient(network, image())), [1, 0, 1, -1])).to.equal(0);
    });
  });

  describe('integratedGradients', () => {
    it('of a linear network is gradient times input, whatever the steps', () => {
      const found = attribution(integratedGradients(linear, image(), { steps: 7 }));
      expect(difference(found, [2, 6, 0, 0.5])).to.be.below(1e-5);
    });

    it('is the right Riemann sum', () => {
      // d/dx x² = 2x at x/2 and x: mean 1.5·x, times x.
      const found = attribution(integratedGradients(squares, image(), { steps: 2 }));
      expect(difference(found, [1.5, 6, 13.5, 0.375])).to.be.below(1e-5);
    });

    it('sums up to the difference of the logits as steps grow', () => {
      const sum = (steps: number) =>
        attribution(integratedGradients(squares, image(), { steps })).reduce(
          (total, value) => total + value,
          0,
        );
      expect(sum(400)).to.be.closeTo(14.25, 0.05);
    });

    it('starts from another baseline when asked', () => {
      const found = attribution(integratedGradients(linear, image(), { steps: 3, baseline: 1 }));
      expect(difference(found, [0, 9, 0, -0.5])).to.be.below(1e-5);
    });

    it('gives the same for any chunk and any number of images', () => {
      const images = tf.randomNormal<tf.Rank.R4>([5, 1, 2, 2], 0, 1, 'float32', 3);
      const of = (chunk: number) => attribution(integratedGradients(squares, images, { steps: 4, chunk }));
      for (const chunk of [1, 3, 9]) expect(difference(of(chunk), of(64)), String(chunk)).to.be.below(1e-5);
    });
  });

  describe('smoothGrad and varGrad', () => {
    const noise = (): tf.Tensor4D => tf.tensor4d([1, 0, -1, 2, -1, 0, 1, -2], [2, 1, 2, 2]);

    it('are the mean and the variance of gradients at noisy copies', () => {
      // d/dx x² = 2x; deviation 0.1 · (3 − (−2)) = 0.5, so gradients are 2x ± 2 · 0.5 · noise.
      const options = { noise: noise(), spread: 0.1 };
      expect(difference(attribution(smoothGrad(squares, image(), options)), [2, -4, 6, 1])).to.be.below(1e-5);
      expect(difference(attribution(varGrad(squares, image(), options)), [1, 0, 1, 4])).to.be.below(1e-5);
    });

    it('vary nothing where the gradient is the same everywhere', () => {
      expect(values(varGrad(linear, image(), { samples: 5 }).raw)).to.deep.equal([0, 0]);
    });

    it('draw the same noise from the same seed, another from another', () => {
      const of = (seed: number) => attribution(smoothGrad(squares, image(), { samples: 3, seed }));
      expect(of(1)).to.deep.equal(of(1));
      expect(difference(of(1), of(2))).to.be.above(1e-3);
    });

    it('draw noise of mean 0 and deviation 1', () => {
      const large = tf.tensor4d(
        Array.from({ length: 1200 }, (_, index) => index % 2),
        [1, 20, 20, 3],
      );
      const square = fakeClassifier({
        logits: (x) => tf.expandDims(tf.sum(tf.square(x), [1, 2, 3]), 1),
        classes: 1,
        probability: 'sigmoid',
      });
      const variance = attribution(varGrad(square, large, { samples: 200, spread: 0.5 }));
      // Gradients 2x + 2 · 0.5 · noise: variance 1 at every pixel.
      expect(variance.reduce((sum, value) => sum + value, 0) / variance.length).to.be.closeTo(1, 0.02);
    });
  });

  it('refuse wrong options in one sentence', () => {
    const run = (options: object) => () => integratedGradients(linear, image(), options);
    expect(run({ steps: 0 })).to.throw('steps: expected an integer, 1 or more, found 0');
    expect(run({ chunk: 0 })).to.throw('chunk: expected an integer, 1 or more, found 0');
    expect(run({ target: 3 })).to.throw('target: expected a class index from 0 to 0, found 3');
    expect(() => smoothGrad(linear, image(), { spread: -1 })).to.throw(
      'spread: expected a number above 0, found -1',
    );
    const noise = tf.zeros<tf.Rank.R4>([2, 1, 1, 1]);
    expect(() => smoothGrad(linear, image(), { noise })).to.throw(
      'noise: expected a tensor [2, 1, 2, 2], found [2,1,1,1]',
    );
  });
});
