import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { cpuBackend } from '../backend.js';
import { blends, inRectangles, patches, pick, squareSums } from '../../src/augment/blends/index.js';
import { stage, stageOptions, stageSome, type StageOptions } from '../../src/augment/index.js';
import { fakeClassifier, leftBehind, values } from '../explain/fake-classifier.js';
import { difference } from '../explain/goldens.js';

/** Images of one channel, one row; the network shows them as they are, so LaFAM's map is the image itself. */
const row = (...images: number[][]): tf.Tensor4D =>
  tf.tensor4d(images.flat(), [images.length, 1, images[0]!.length, 1]);
const options = (given: Partial<StageOptions>): StageOptions =>
  stageOptions({ method: 'lafam', blur: { size: 3, sigma: 1e6 }, ...given });
const randomInputs = (partner: number[], numbers: number[][] = []) => ({
  partner: tf.tensor1d(partner, 'int32'),
  numbers: numbers.length > 0 ? tf.tensor2d(numbers) : undefined,
  field: undefined,
});
const network = fakeClassifier();

describe('blends of the stage', () => {
  before(cpuBackend);

  it('soft: the min-max map is the share that stays', () => {
    const { images, mask, zero } = stage(
      network,
      row([0, 2, 8], [3, 3, 3]),
      null,
      options({ blend: 'soft' }),
    );
    expect(difference(values(mask), [0, 0.25, 1, 0, 0, 0])).to.be.below(1e-6);
    expect(values(zero)).to.deep.equal([0, 1]);
    // Blurred with three equal taps: 4/3, 10/3, 4; and the constant image stays as it is.
    const expected = [4 / 3, 2 * 0.25 + (10 / 3) * 0.75, 8, 3, 3, 3];
    expect(difference(values(images), expected)).to.be.below(1e-4);
  });

  it('inverse: what is salient is blurred, the rest stays; a zero map leaves the image', () => {
    const { images, mask } = stage(network, row([0, 0, 9], [3, 3, 3]), null, options({ blend: 'inverse' }));
    expect(values(mask)).to.deep.equal([1, 1, 0, 0, 0, 0]);
    expect(difference(values(images), [0, 0, 3, 3, 3, 3])).to.be.below(1e-4);
  });

  it('hide: what is salient is zero, the rest stays; two standard deviations are few pixels', () => {
    const images = row([0, 0, 9], [1, 5, 0]);
    const staged = stage(network, images, null, options({ blend: 'hide' }));
    expect(values(staged.images)).to.deep.equal([0, 0, 0, 1, 0, 0]);
    const few = options({ blend: 'hide', threshold: { deviations: 2 } });
    const long = row([0, 0, 0, 0, 0, 0, 1, 9]);
    expect(values(stage(network, long, null, few).images)).to.deep.equal([0, 0, 0, 0, 0, 0, 1, 0]);
    expect(() => options({ threshold: { deviations: -1 } })).to.throw('{deviations: 0 or more}');
  });

  it('background: outside stands the partner, and the label is the image’s own', () => {
    const images = row([0, 0, 9], [1, 5, 0], [4, 4, 4]);
    const staged = stage(network, images, null, options({ blend: 'background' }), {
      randomInputs: randomInputs([1, 2, 0]),
    });
    expect(values(staged.images)).to.deep.equal([1, 5, 9, 4, 5, 4, 4, 4, 4]);
    expect(staged).to.not.have.property('mixed');
    expect(() => stage(network, images, null, options({ blend: 'background' }))).to.throw(
      'randomInputs.partner: expected another image for each where stage.blend is background, found nothing',
    );
  });

  it('background-blur: outside stands the blurred partner, to the last color', () => {
    const [one, other] = [row([0, 0, 9], [1, 5, 0]), row([0, 0, 9], [1, 5, 0])];
    const given = { randomInputs: randomInputs([1, 0]) };
    const blurred = options({ blend: 'background-blur', blur: { size: 3, sigma: 0.01 } });
    const sharp = stage(network, other, null, options({ blend: 'background' }), given);
    // A blur that is none leaves the partner as it is.
    expect(
      difference(values(stage(network, one, null, blurred, given).images), values(sharp.images)),
    ).to.equal(0);
    expect(() => stage(network, row([0, 0, 9]), null, options({ blend: 'background-blur' }))).to.throw(
      'randomInputs.partner: expected another image for each where stage.blend is background-blur, found nothing',
    );
    const flat = stage(
      network,
      row([0, 0, 9], [6, 6, 6]),
      null,
      options({ blend: 'background-blur' }),
      given,
    );
    expect(difference(values(flat.images).slice(0, 3), [6, 6, 9])).to.be.below(1e-4);
  });

  describe('patches', () => {
    it('cover the share, around a pixel, and are cut off at the border', () => {
      // A quarter stays away: sides of half the image.
      const found = values(
        patches(tf.tensor1d([0.75]), { row: tf.tensor1d([2]), column: tf.tensor1d([0]) }, [4, 4]),
      );
      expect(found).to.deep.equal([0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    });

    it('are empty where all stays, and everything where nothing stays', () => {
      const center = { row: tf.tensor1d([1, 2]), column: tf.tensor1d([1, 2]) };
      const [none, all] = tf.unstack(patches(tf.tensor1d([1, 0]), center, [4, 4])).map(values);
      expect(none).to.deep.equal(new Array(16).fill(0));
      expect(all).to.deep.equal(new Array(16).fill(1));
    });
  });

  it('inRectangles counts from the first to before the last', () => {
    const at = (...list: number[]): tf.Tensor1D => tf.tensor1d(list, 'int32');
    const found = inRectangles({ top: at(0), bottom: at(1), left: at(1), right: at(3) }, [2, 4]);
    expect(values(found)).to.deep.equal([0, 1, 1, 0, 0, 0, 0, 0]);
  });

  it('cut-mix: a part of the partner at a random place; the label is mixed by what stays', () => {
    // 4 × 4, an image of ones and one of twos; a quarter around (row 2, column 1), then all of it stays.
    const images = tf.concat<tf.Tensor4D>([tf.ones([1, 4, 4, 1]), tf.fill([1, 4, 4, 1], 2)]);
    const numbers = [[0.75, 0.25, 0.5], [1, 0.5, 0.5]]; // prettier-ignore
    const settings = options({ method: 'none', blend: 'cut-mix' });
    const staged = stage(network, images, null, settings, { randomInputs: randomInputs([1, 0], numbers) });
    const [first, second] = tf.unstack(staged.images).map(values);
    expect(first).to.deep.equal([1, 1, 1, 1, 2, 2, 1, 1, 2, 2, 1, 1, 1, 1, 1, 1]);
    expect(second).to.deep.equal(new Array(16).fill(2));
    expect(values(staged.mixed!.share)).to.deep.equal([0.75, 1]);
    expect(values(staged.mixed!.partner)).to.deep.equal([1, 0]);
    expect(values(staged.zero)).to.deep.equal([0, 0]);
  });

  it('cut-mix asks no map, whatever the method', () => {
    const silent = fakeClassifier({
      head: () => {
        throw new Error('a query');
      },
    });
    const settings = options({ method: 'group-cam', groups: 1, blend: 'cut-mix' });
    const given = { randomInputs: randomInputs([1, 0], [[0.5, 0, 0], [0.5, 0, 0]]) }; // prettier-ignore
    expect(
      values(stage({ ...silent, logits: silent.head }, row([1, 2], [3, 4]), null, settings, given).zero),
    ).to.deep.equal([0, 0]);
  });

  it('saliency-mix: the part around the partner’s most salient pixel, at the same place', () => {
    const flat = tf.zeros<tf.Rank.R4>([1, 4, 4, 1]);
    const peak = tf.tensor4d([0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 9, 1, 0, 0, 1], [1, 4, 4, 1]);
    const given = { randomInputs: randomInputs([1, 0], [[0.75, 0, 0], [0.75, 0, 0]]) }; // prettier-ignore
    const staged = stage(network, tf.concat([flat, peak]), null, options({ blend: 'saliency-mix' }), given);
    const [first, second] = tf.unstack(staged.images).map(values);
    // Rows 1 and 2, columns 2 and 3 around row 2, column 3.
    expect(first).to.deep.equal([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0]);
    // The other way the partner's map is flat: nothing is pasted.
    expect(second).to.deep.equal(values(peak));
    expect(values(staged.mixed!.share)).to.deep.equal([0.75, 1]);
    expect(values(staged.zero)).to.deep.equal([0, 1]);
    const [mask] = tf.unstack(staged.mask).map(values);
    expect(mask).to.deep.equal([1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 1, 1]);
  });

  it('saliency-mix asks for the partner’s label', () => {
    const asked: number[][] = [];
    const watched = {
      ...fakeClassifier({ classes: 2 }),
      linearHead: () => tf.eye(2),
    };
    const images = tf.tensor4d([1, 0, 0, 5, 7, 0, 0, 2], [2, 1, 2, 2]);
    const settings = options({ method: 'cam', blend: 'saliency-mix' });
    const given = { randomInputs: randomInputs([1, 0], [[0, 0, 0], [0, 0, 0]]) }; // prettier-ignore
    const { map } = stage(watched, images, tf.tensor1d([0, 1], 'int32'), settings, given);
    asked.push(...tf.unstack(map).map(values));
    // The second image's channel of class 1, and the first image's channel of class 0.
    expect(asked).to.deep.equal([
      [0, 2],
      [1, 0],
    ]);
  });

  describe('keep-augment', () => {
    it('knows what every square sums to', () => {
      const map = tf.tensor3d([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3]);
      expect(values(squareSums(map, 2))).to.deep.equal([12, 16, 24, 28]);
      expect(values(squareSums(map, 3))).to.deep.equal([45]);
      expect(values(squareSums(map, 1))).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    });

    it('picks each allowed place with the same probability, and no other', () => {
      const allowed = tf.tensor3d([0, 1, 0, 1, 1, 0], [1, 2, 3], 'bool');
      const places = [0, 0.32, 0.34, 0.66, 0.67, 1 - 2 ** -24].map((position) => {
        const { row, column } = pick(allowed, tf.tensor1d([position]));
        return [...values(row), ...values(column)].join();
      });
      expect(places).to.deep.equal(['0,1', '0,1', '1,0', '1,0', '1,1', '1,1']);
    });

    it('erases a square of half the side that avoids what is salient, with the mean color', () => {
      // The upper left pixel alone is salient; the square of four places right of it or below it.
      const images = tf.tensor4d([16, ...new Array<number>(15).fill(0)], [1, 4, 4, 1]);
      for (const other of [0, 0.3, 0.6, 0.99]) {
        const given = { randomInputs: randomInputs([0], [[other, 0, 0]]) };
        const staged = stage(network, images, null, options({ blend: 'keep-augment' }), given);
        const found = values(staged.images);
        expect(found[0]).to.equal(16);
        expect(found.filter((value) => value === 1)).to.have.length(4);
        expect(found.filter((value) => value === 0)).to.have.length(11);
        expect(values(tf.mean(staged.mask))).to.deep.equal([0.75]);
      }
    });
  });

  it('on some images: partners come from the whole batch, labels of the others stay', () => {
    const images = row([0, 9], [1, 5], [4, 0]);
    const some = tf.tensor1d([0, 2], 'int32');
    const swapped = stageSome(network, images, null, some, options({ blend: 'background' }), {
      randomInputs: randomInputs([1, 0]),
    });
    expect(values(swapped.images)).to.deep.equal([1, 9, 1, 5, 4, 9]);
    const mixed = stageSome(network, images, null, some, options({ method: 'none', blend: 'cut-mix' }), {
      randomInputs: randomInputs([1, 0], [[1, 0, 0], [0, 0.5, 0.5]]), // prettier-ignore
    });
    expect(values(mixed.mixed!.partner)).to.deep.equal([1, 1, 0]);
    // One row: half of a side of 1 is rounded down to nothing, so all stays.
    expect(values(mixed.mixed!.share)).to.deep.equal([1, 1, 1]);
  });

  it('leave no tensor behind', () => {
    const images = tf.randomUniform<tf.Rank.R4>([2, 6, 6, 2], 0, 1, 'float32', 3);
    const given = { randomInputs: randomInputs([1, 0], [[0.3, 0.2, 0.9], [0.7, 0.1, 0.5]]) }; // prettier-ignore
    const some = tf.tensor1d([1, 0], 'int32');
    for (const blend of Object.keys(blends) as StageOptions['blend'][]) {
      const run = () => stageSome(network, images, null, some, options({ blend }), given);
      expect(leftBehind(run), blend).to.equal(0);
    }
  });
});
