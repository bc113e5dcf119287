import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { cpuBackend } from '../../backend.js';
import { groupCam } from '../../../src/explain/index.js';
import { fakeClassifier, leftBehind, values } from '../fake-classifier.js';
import { difference } from '../goldens.js';

const ln = Math.log;
// Left pixel: evidence for class 1 (ln 81 · mean over 2 pixels = ln 9); right pixel: for class 0.
const image = (): tf.Tensor4D =>
  tf.tensor4d([
    [
      [
        [0, ln(81)],
        [ln(81), 0],
      ],
    ],
  ]);
// One channel shows the left pixel, the other the right one, the third nothing.
const activations = [
  [
    [
      [1, 0, 2],
      [0, 1, 2],
    ],
  ],
];
// A blur that has no neighbors: the baseline is the image itself, unless said otherwise.
const sharp = { size: 1, sigma: 1 };
// Over two pixels this gives [a, b] → [b, a]: taps (1/3, 1/3, 1/3) mirrored would mix, so it is done by hand below.
const wide = { size: 51, sigma: 50 };

describe('groupCam', () => {
  before(cpuBackend);

  it('refuses more groups than any layer has channels, for which no memory is enough', () => {
    const classifier = fakeClassifier({ activations, classes: 2 });
    expect(() => groupCam(classifier, image(), { groups: 1e9 })).to.throw(
      'groups: expected an integer from 1 to 16384, found 1000000000',
    );
  });

  it('weighs each mask by what it adds to the score of the baseline', () => {
    const classifier = fakeClassifier({ activations, classes: 2 });
    const options = { profile: 'gradient-free', groups: 3, target: 1, blur: wide } as const;
    const { raw, map, details } = groupCam(classifier, image(), options);
    const baselineScore = values(details.baselineScores!)[0]!;
    // 51 taps over two pixels weigh both nearly the same: the baseline has no evidence for either class.
    expect(baselineScore).to.be.closeTo(0.5, 0.01);
    // With the left pixel kept: logits (ln 9 / 2, 1.5 · ln 9), so odds of 9 for class 1; with the right one 1 / 9.
    expect(difference(values(details.gains!), [0.9 - 0.5, 0.1 - 0.5, 0])).to.be.below(0.02);
    const [left, right] = values(raw);
    expect(left).to.be.closeTo(0.4, 0.02);
    expect(right, 'ReLU').to.equal(0);
    expect(values(map)).to.deep.equal([1, 0]);
  });

  it('explains the predicted class where none is given, and any other on request', () => {
    const classifier = fakeClassifier({
      activations: [
        [
          [
            [1, 0],
            [0, 1],
          ],
        ],
      ],
      classes: 2,
      head: () => tf.tensor2d([[0, 1]]),
    });
    const found = (target?: number) =>
      values(
        groupCam(classifier, image(), {
          profile: 'gradient-free',
          groups: 2,
          blur: wide,
          ...(target !== undefined && { target }),
        }).map,
      );
    expect(found()).to.deep.equal([1, 0]);
    expect(found(0)).to.deep.equal([0, 1]);
  });

  it('is 0 everywhere where no group adds to the score', () => {
    const classifier = fakeClassifier({ activations, classes: 2 });
    const { raw, map } = groupCam(classifier, image(), {
      profile: 'gradient-free',
      groups: 3,
      target: 1,
      blur: sharp,
    });
    expect(values(raw)).to.deep.equal([0, 0]);
    expect(values(map)).to.deep.equal([0, 0]);
  });

  it('weighs the channels by the gradient of the class in the paper’s profile', () => {
    // Class 1 sees the first channel positively and the second negatively: only the first becomes a mask.
    const kernel = tf.tensor2d([
      [0, 1],
      [0, -1],
      [0, 0],
    ]);
    const head = (x: tf.Tensor4D): tf.Tensor2D => tf.matMul(tf.mean<tf.Tensor2D>(x, [1, 2]), kernel);
    const { details } = groupCam(fakeClassifier({ activations, head, classes: 2 }), image(), {
      groups: 3,
      theta: null,
      target: 1,
      blur: wide,
    });
    expect(values(details.masks!)).to.deep.equal([1, 0, 0, 0, 0, 0]);
    expect(values(details.gains!).map((gain) => gain > 0)).to.deep.equal([true, false, false]);
  });

  it('takes fewer channels than groups: the empty groups count 0', () => {
    const { details, raw } = groupCam(fakeClassifier({ activations, classes: 2 }), image(), {
      profile: 'gradient-free',
      groups: 5,
      target: 1,
      blur: wide,
    });
    expect(values(details.gains!).slice(3)).to.deep.equal([0, 0]);
    expect(values(raw)[0]).to.be.above(0.3);
  });

  it('gives an image the same map alone and in a batch, whatever the chunk', () => {
    const images = tf.randomNormal<tf.Rank.R4>([3, 6, 5, 4], 0, 1, 'float32', 7);
    const classifier = fakeClassifier({ classes: 4 });
    const maps = (x: tf.Tensor4D, chunk: number) =>
      values(groupCam(classifier, x, { groups: 2, blur: { size: 5, sigma: 2 }, chunk }).raw);
    const together = maps(images, 32);
    expect(together.some((value) => value > 0)).to.equal(true);
    const alone = tf.split<tf.Tensor4D>(images, 3).flatMap((single) => maps(single, 32));
    expect(difference(together, alone)).to.be.below(1e-6);
    expect(difference(together, maps(images, 1))).to.be.below(1e-6);
  });

  it('scores smaller copies when asked', () => {
    const seen = new Set<string>();
    const logits = (copies: tf.Tensor4D): tf.Tensor2D => {
      seen.add(copies.shape.slice(1).join());
      return tf.mean(copies, [1, 2]);
    };
    const images = tf.randomNormal<tf.Rank.R4>([1, 8, 6, 3], 0, 1, 'float32', 7);
    const { raw } = groupCam(fakeClassifier({ logits }), images, {
      groups: 1,
      blur: sharp,
      scoringScale: 0.5,
    });
    expect([...seen]).to.deep.equal(['4,3,3']);
    expect(raw.shape).to.deep.equal([1, 8, 6]);
  });

  it('leaves no tensor behind', () => {
    const given = image();
    const classifier = fakeClassifier({ activations, classes: 2 });
    for (const profile of ['paper', 'reference', 'gradient-free'] as const) {
      expect(
        leftBehind(() => groupCam(classifier, given, { profile, groups: 2, blur: wide, chunk: 1 })),
      ).to.equal(0);
    }
    given.dispose();
  });

  it('refuses wrong options in one sentence', () => {
    const run = (options: object) => () => groupCam(fakeClassifier(), image(), options);
    expect(run({ profile: 'papr' })).to.throw(
      'profile: expected paper, reference, gradient-free, found "papr"',
    );
    expect(run({ groups: 0 })).to.throw('groups: expected an integer from 1 to 16384, found 0');
    expect(run({ chunk: 1.5 })).to.throw('chunk: expected an integer, 1 or more, found 1.5');
    expect(run({ theta: 130 })).to.throw('theta: expected a percentile from 0 to 100, found 130');
    expect(run({ scoringScale: 2 })).to.throw('scoringScale: expected a number above 0, up to 1, found 2');
  });
});
