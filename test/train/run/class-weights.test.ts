import { expect } from 'chai';
import { classWeightsOf } from '../../../src/train/run/class-weights.js';
import type { Recipe } from '../../../src/train/index.js';
import { completeRecipe } from '../../../src/train/recipe/index.js';

const listing = {
  dir: '',
  classNames: ['cat', 'dog', 'newt'],
  files: [],
  labels: Int32Array.from([0, 0, 0, 1, 1, 1, 1, 1, 2]),
};
const weights = (classWeights: Recipe['data']['classWeights']) =>
  classWeightsOf(completeRecipe({ data: { train: 'a', val: 'b', classWeights } }), listing);

describe('classWeightsOf', () => {
  it('gives none by default', () => {
    expect(weights(null)).to.equal(null);
  });

  it('balances the classes: each counts the same over all its images, and all images as many as they are', () => {
    expect(weights('balanced')).to.deep.equal([1, 9 / 15, 3]);
  });

  it('takes weights by name, 1 for the others, and refuses a name that is no class', () => {
    expect(weights({ newt: 5, cat: 0.5 })).to.deep.equal([0.5, 1, 5]);
    expect(() => weights({ bird: 2 })).to.throw(
      'data.classWeights: expected names of classes (cat, dog, newt), found "bird"',
    );
  });
});
