import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { cpuBackend } from '../backend.js';
import { binaryMask, chooseImages, stage, stageOptions, stageSome } from '../../src/augment/index.js';
import { random } from '../../src/random.js';
import { fakeClassifier, leftBehind, values } from '../explain/fake-classifier.js';
import { difference } from '../explain/goldens.js';

describe('binaryMask', () => {
  before(cpuBackend);

  it('keeps what is strictly above the mean of its own map', () => {
    const maps = tf.tensor3d([
      [
        [0, 1],
        [2, 5],
      ],
      [
        [0, 1],
        [2, 1],
      ],
    ]);
    expect(values(binaryMask(maps, 'mean'))).to.deep.equal([0, 0, 0, 1, 0, 0, 1, 0]);
  });

  it('keeps what is strictly above a quantile of its own map', () => {
    const maps = tf.tensor3d([[[1, 2, 3, 4, 5]], [[50, 40, 30, 20, 10]]]);
    expect(values(binaryMask(maps, { quantile: 0.5 }))).to.deep.equal([0, 0, 0, 1, 1, 1, 1, 0, 0, 0]);
    expect(values(binaryMask(maps, { quantile: 0 }))).to.deep.equal([0, 1, 1, 1, 1, 1, 1, 1, 1, 0]);
  });

  it('compares a fixed value with the normalized map', () => {
    const maps = tf.tensor3d([[[10, 12, 15, 20]]]);
    expect(values(binaryMask(maps, { fixed: 0.5 }))).to.deep.equal([0, 0, 0, 1]);
    expect(values(binaryMask(maps, { fixed: 0.1 }))).to.deep.equal([0, 1, 1, 1]);
  });

  it('is empty for a map of zeros', () => {
    for (const threshold of ['mean', { quantile: 0.9 }, { fixed: 0 }] as const) {
      expect(values(binaryMask(tf.zeros([1, 2, 2]), threshold))).to.deep.equal([0, 0, 0, 0]);
    }
  });
});

describe('chooseImages', () => {
  it('takes all at 1 and none at 0', () => {
    expect([...chooseImages(4, 1, random(3))]).to.deep.equal([0, 1, 2, 3]);
    expect([...chooseImages(4, 0, random(3))]).to.deep.equal([]);
  });

  it('takes each image with the given probability, and nearly as many from every batch', () => {
    const next = random(5);
    const taken = new Array<number>(5).fill(0);
    for (let batch = 0; batch < 4000; batch++) {
      const chosen = [...chooseImages(5, 0.3, next)];
      expect(chosen.length).to.be.oneOf([1, 2]);
      expect(chosen).to.deep.equal([...new Set(chosen)].sort());
      chosen.forEach((image) => taken[image]!++);
    }
    taken.forEach((count) => expect(count / 4000).to.be.closeTo(0.3, 0.03));
  });

  it('follows from the seed', () => {
    expect(chooseImages(50, 0.5, random(1))).to.deep.equal(chooseImages(50, 0.5, random(1)));
    const drawn = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => chooseImages(50, 0.3, random(seed)).join());
    expect(new Set(drawn).size).to.be.above(2);
  });

  it('is spread evenly: any part of a batch has its share, give or take one', () => {
    for (let seed = 0; seed < 20; seed++) {
      const chosen = chooseImages(48, 0.3, random(seed));
      for (const [from, to] of [
        [0, 12],
        [12, 24],
        [30, 48],
      ] as const) {
        const within = chosen.filter((image) => image >= from && image < to).length;
        expect(within).to.be.closeTo(0.3 * (to - from), 1);
      }
    }
  });
});

describe('stageOptions', () => {
  it('is the paper’s stage by default', () => {
    expect(stageOptions()).to.deep.equal({
      method: 'group-cam',
      blend: 'blur',
      groups: 16,
      threshold: 'mean',
      blur: { size: 51, sigma: 50 },
      target: 'label',
      chunk: 32,
      scoringScale: 1,
      scoringPrecision: null,
    });
  });

  it('refuses wrong values and names the key', () => {
    const refused: [object, string][] = [
      [
        { method: 'grad-cam' },
        'stage.method: expected group-cam, lafam, eigen-cam, cam, recipro-cam, eigen-permuted, eigen-shifted, random, center, none or boxes, found "grad-cam"',
      ],
      [
        { blend: 'mixup' },
        'stage.blend: expected blur, soft, inverse, hide, background, background-blur, saliency-mix, cut-mix or keep-augment, found "mixup"',
      ],
      [
        { method: 'none', blend: 'background' },
        'stage.blend: expected blur or cut-mix where stage.method is none, found "background"',
      ],
      [
        { method: 'boxes', blend: 'saliency-mix' },
        'stage.blend: expected another one where stage.method is boxes',
      ],
      [{ target: 'truth' }, 'stage.target: expected label or prediction, found "truth"'],
      [{ groups: 0 }, 'stage.groups: expected an integer, 1 or more, found 0'],
      [{ chunk: 2.5 }, 'stage.chunk: expected an integer, 1 or more, found 2.5'],
      [
        { blur: { size: 50, sigma: 1 } },
        'stage.blur.size: expected an odd number of taps, 1 or more, found 50',
      ],
      [{ blur: { size: 51, sigma: -1 } }, 'stage.blur.sigma: expected a number above 0, found -1'],
      [
        { threshold: 'median' },
        "stage.threshold: expected 'mean', {quantile: 0 to 1}, {fixed: 0 to 1} (1 excluded) or {deviations: 0 or more}",
      ],
      [{ threshold: { quantile: 1 } }, 'stage.threshold: expected'],
      [{ threshold: { fixed: 0.5, quantile: 0.5 } }, 'stage.threshold: expected'],
      [{ threshold: null }, 'stage.threshold: expected'],
      [{ scoringScale: 0 }, 'stage.scoringScale: expected a number above 0, up to 1, found 0'],
      [
        { scoringPrecision: 'int8' },
        'stage.scoringPrecision: expected float32, bfloat16 or float16, found "int8"',
      ],
    ];
    for (const [options, message] of refused) expect(() => stageOptions(options), message).to.throw(message);
  });
});

describe('stage', () => {
  before(cpuBackend);
  const ln81 = Math.log(81);
  // Two pixels: the left one is evidence for class 1, the right one for class 0.
  const images = (): tf.Tensor4D =>
    tf.tensor4d([
      [
        [
          [0, ln81],
          [ln81, 0],
        ],
      ],
      [
        [
          [0, ln81],
          [ln81, 0],
        ],
      ],
    ]);
  const classifier = fakeClassifier({ classes: 2 });
  const options = stageOptions({ groups: 2, chunk: 3 });
  const labels = (...list: number[]): tf.Tensor1D => tf.tensor1d(list, 'int32');

  it('keeps the evidence for the label and blurs the rest', () => {
    const staged = stage(classifier, images(), labels(1, 0), options);
    expect(values(staged.mask)).to.deep.equal([1, 0, 0, 1]);
    expect(values(staged.zero)).to.deep.equal([0, 0]);
    const [left, right] = [
      tf.slice(staged.images, [0, 0, 0], [1, 1, 1]),
      tf.slice(staged.images, [0, 0, 1], [1, 1, 1]),
    ];
    expect(difference(values(left), [0, ln81]), 'kept').to.be.below(1e-6);
    // 51 taps over two pixels weigh both nearly the same.
    expect(difference(values(right), [ln81 / 2, ln81 / 2]), 'blurred').to.be.below(0.1);
  });

  it('asks for the predicted class where told to', () => {
    const certain = fakeClassifier({
      classes: 2,
      head: () =>
        tf.tensor2d([
          [5, 0],
          [0, 5],
        ]),
    });
    const staged = stage(certain, images(), null, { ...options, target: 'prediction' });
    expect(values(staged.mask)).to.deep.equal([0, 1, 1, 0]);
    expect(() => stage(certain, images(), null, options)).to.throw(
      'labels: expected a class index for each image',
    );
  });

  it('leaves an image as it is where no group adds to the score, and says so', () => {
    // The first image's scores never change, whatever is masked.
    const constant = tf.tensor4d([
      [
        [
          [1, 1],
          [1, 1],
        ],
      ],
      [
        [
          [0, ln81],
          [ln81, 0],
        ],
      ],
    ]);
    const staged = stage(classifier, constant, labels(1, 1), options);
    expect(values(staged.zero)).to.deep.equal([1, 0]);
    expect(values(staged.map).slice(0, 2)).to.deep.equal([0, 0]);
    expect(values(staged.images).slice(0, 4)).to.deep.equal([1, 1, 1, 1]);
  });

  it('takes LaFAM’s mask without a query', () => {
    const fake = fakeClassifier({
      activations: [
        [
          [
            [1, 3],
            [9, 9],
          ],
        ],
        [
          [
            [4, 4],
            [0, 0],
          ],
        ],
      ],
      logits: () => {
        throw new Error('a query');
      },
    });
    const staged = stage(fake, images(), null, { ...options, method: 'lafam' });
    expect(values(staged.map)).to.deep.equal([2, 9, 4, 0]);
    expect(values(staged.mask)).to.deep.equal([0, 1, 1, 0]);
  });

  it('understands label 0 of a network with one output unit', () => {
    // One logit: left minus right color.
    const difference = (x: tf.Tensor4D): tf.Tensor2D => {
      const [left, right] = tf.split(tf.mean<tf.Tensor2D>(x, [1, 2]), 2, 1) as [tf.Tensor2D, tf.Tensor2D];
      return tf.sub(right, left);
    };
    const binary = fakeClassifier({
      classes: 1,
      probability: 'sigmoid',
      logits: difference,
      head: difference,
    });
    const staged = stage(binary, images(), labels(1, 0), options);
    expect(values(staged.mask)).to.deep.equal([1, 0, 0, 1]);
  });

  it('refuses more groups than channels', () => {
    expect(() => stage(classifier, images(), labels(0, 0), { ...options, groups: 3 })).to.throw(
      'stage.groups: expected an integer from 1 to 2 (the channels of fake), found 3',
    );
  });

  it('leaves no tensor behind', () => {
    const [x, y] = [images(), labels(1, 0)];
    expect(leftBehind(() => stage(classifier, x, y, options))).to.equal(0);
    tf.dispose([x, y]);
  });

  describe('on some images', () => {
    it('changes those alone, as if they were alone', () => {
      const four = tf.concat([images(), images()]);
      const y = labels(1, 0, 0, 1);
      const some = stageSome(classifier, four, y, labels(1, 3), options);
      const all = stage(classifier, four, y, options);
      expect(some.mask.shape).to.deep.equal([2, 1, 2]);
      const [found, every, given] = [some.images, all.images, four].map((tensor) =>
        tf.unstack(tensor).map(values),
      );
      expect(found![0]).to.deep.equal(given![0]);
      expect(found![2]).to.deep.equal(given![2]);
      expect(difference(found![1]!, every![1]!)).to.be.below(1e-6);
      expect(difference(found![3]!, every![3]!)).to.be.below(1e-6);
      expect(found![1]).to.not.deep.equal(given![1]);
    });

    it('works on a single image', () => {
      const [x] = tf.split(images(), 2) as [tf.Tensor4D];
      expect(values(stageSome(classifier, x, labels(1), labels(0), options).mask)).to.deep.equal([1, 0]);
    });

    it('leaves no tensor behind', () => {
      const [x, y, chosen] = [images(), labels(1, 0), labels(1)];
      expect(leftBehind(() => stageSome(classifier, x, y, chosen, options))).to.equal(0);
      tf.dispose([x, y, chosen]);
    });
  });
});
