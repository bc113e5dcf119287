import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { cpuBackend } from '../../backend.js';
import {
  centerGaussian,
  drawGrids,
  maskMaker,
  occlusion,
  occlusionDefaults,
  randomMap,
  rise,
  upsample,
} from '../../../src/explain/index.js';
import { fakeClassifier, values } from '../fake-classifier.js';
import { difference } from '../goldens.js';

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
/** One sigmoid unit whose logit is the value of the first pixel's first channel. */
const firstPixel = fakeClassifier({
  logits: (x) => tf.slice(tf.reshape<tf.Rank.R2>(x, [x.shape[0], -1]), [0, 0], [-1, 1]),
  classes: 1,
  probability: 'sigmoid',
});

describe('methods of altered copies', () => {
  before(cpuBackend);

  describe('masks of RISE', () => {
    it('are crops of the upsampled grid', () => {
      const grids = {
        grids: tf.tensor3d([
          [
            [1, 0],
            [0, 1],
          ],
        ]),
        offsets: tf.tensor2d([[1, 0]], [1, 2], 'int32'),
      };
      // Cells of 2×2 pixels, upsampled to 6×6, cropped at row 1, column 0.
      const mask = maskMaker(grids, [4, 4])(tf.tensor1d([0], 'int32'));
      const whole = upsample(grids.grids, [6, 6]);
      expect(difference(values(mask), values(tf.slice(whole, [0, 1, 0], [1, 4, 4])))).to.be.below(1e-6);
    });

    it('keep about the share they are asked to keep, and are the same for the same seed', () => {
      const drawn = drawGrids(400, 5, 0.3, [10, 20], 4);
      const kept = values(tf.mean(drawn.grids))[0]!;
      expect(kept).to.be.closeTo(0.3, 0.02);
      const offsets = values(drawn.offsets);
      expect(new Set(offsets.filter((_, index) => index % 2 === 0))).to.deep.equal(new Set([0, 1]));
      expect(new Set(offsets.filter((_, index) => index % 2 === 1))).to.deep.equal(new Set([0, 1, 2, 3]));
      expect(values(drawGrids(3, 2, 0.5, [4, 4], 1).grids)).to.deep.equal(
        values(drawGrids(3, 2, 0.5, [4, 4], 1).grids),
      );
      // The first masks are the same when there are more of them.
      const more = values(drawGrids(5, 2, 0.5, [4, 4], 1).grids).slice(0, 12);
      expect(more).to.deep.equal(values(drawGrids(3, 2, 0.5, [4, 4], 1).grids));
    });
  });

  describe('rise', () => {
    it('weighs each mask by the score of what it leaves', () => {
      // Two masks over two columns: all ones, and one that keeps nothing.
      const grids = {
        grids: tf.tensor3d([1, 1, 1, 1, 0, 0, 0, 0], [2, 2, 2]),
        offsets: tf.zeros<tf.Rank.R2>([2, 2], 'int32'),
      };
      const image = tf.tensor4d([3, 0, 0, 0], [1, 2, 2, 1]);
      const { raw, details } = rise(firstPixel, image, { grids, target: 0 });
      expect(difference(values(details['scores']!), [sigmoid(3), 0.5])).to.be.below(1e-6);
      // Divided by masks · keepProbability = 1.
      expect(difference(values(raw), new Array(4).fill(sigmoid(3)))).to.be.below(1e-6);
    });

    it('finds the pixel that counts', () => {
      const image = tf.fill<tf.Rank.R4>([1, 8, 8, 1], 4);
      const { map } = rise(firstPixel, image, { masks: 300, gridSize: 4, target: 0 });
      const found = values(map);
      expect(found.indexOf(1)).to.equal(0);
    });
  });

  describe('occlusion', () => {
    it('is the loss while a square hides a part, averaged over the squares that hide a pixel', () => {
      // 1×3 pixels, squares of 1: only the first pixel counts.
      const image = tf.tensor4d([2, 5, 5], [1, 1, 3, 1]);
      const { raw } = occlusion(firstPixel, image, { size: 1, target: 0 });
      expect(difference(values(raw), [sigmoid(2) - 0.5, 0, 0])).to.be.below(1e-6);
    });

    it('overlaps squares, and covers the image to its edges', () => {
      // 2×5 pixels, squares of 2 every 2 pixels: columns 0, 2 and at last 3.
      const image = tf.fill<tf.Rank.R4>([1, 2, 5, 1], 2);
      const { raw, details } = occlusion(firstPixel, image, { size: 2, stride: 2, target: 0 });
      const loss = sigmoid(2) - 0.5;
      expect(details['drops']!.shape).to.deep.equal([1, 1, 3]);
      expect(difference(values(raw), [loss, loss, 0, 0, 0, loss, loss, 0, 0, 0])).to.be.below(1e-6);
      const single = occlusion(firstPixel, image, { size: 2, stride: 1, target: 0 });
      // The second column is hidden by the squares at 0 and 1; only the first of them hides the first pixel.
      expect(difference(values(single.raw).slice(0, 3), [loss, loss / 2, 0])).to.be.below(1e-6);
    });

    it('chooses a size and refuses gaps', () => {
      expect(occlusionDefaults([224, 224], {})).to.deep.equal({ size: 28, stride: 14, fill: 0, places: 225 });
      expect(() => occlusionDefaults([8, 8], { size: 2, stride: 3 })).to.throw(
        'stride: expected an integer from 1 to 2 (the size), found 3',
      );
      expect(() => occlusionDefaults([8, 4], { size: 5 })).to.throw(
        'size: expected an integer from 1 to 4 (the shorter side), found 5',
      );
    });
  });

  describe('controls', () => {
    const images = () => tf.zeros<tf.Rank.R4>([2, 6, 8, 3]);

    it('random: the same map for all images, or one for each seed', () => {
      const [one, other] = tf.unstack(randomMap(null, images()).raw).map(values);
      expect(one).to.deep.equal(other);
      const [first, second] = tf.unstack(randomMap(null, images(), { seed: [1, 2] }).raw).map(values);
      expect(first).to.not.deep.equal(second);
      expect(() => randomMap(null, images(), { seed: [1] })).to.throw(
        'seed: expected a number, or one for each of 2 images',
      );
    });

    it('center-gaussian: highest in the middle, as wide as the image', () => {
      const found = values(centerGaussian(null, tf.zeros([1, 3, 5, 3])).map);
      expect(found[7]).to.equal(1);
      expect(found[5]).to.be.closeTo(found[9]!, 1e-6);
      expect(found[0]).to.equal(0);
    });
  });
});
