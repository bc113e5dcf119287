import { expect } from 'chai';
import { InvalidInput } from '../../src/errors.js';
import { checkReference } from '../../src/evaluate/controls.js';
import { meanOf, summarize } from '../../src/evaluate/summary.js';

describe('summarize', () => {
  const values = [0.1, 0.9, 0.4, 0.6, 0.2, 0.8];
  const results = values.map((score, index) => ({
    image: String(index),
    methods: { first: { score }, second: { score: score + 0.25 }, gaps: { score: index < 2 ? null : score } },
  }));
  const statistics = { score: meanOf('score') };

  it('gives the mean and interval of each method, without images where it is not defined', () => {
    const { images, methods, differences } = summarize(results, statistics, {});
    expect(images).to.equal(6);
    expect(methods['first']!.score!.mean).to.be.closeTo(0.5, 1e-12);
    expect(methods['gaps']!.score!.mean).to.be.closeTo(0.5, 1e-12);
    expect(methods['first']!.score!.high - methods['first']!.score!.low).to.be.above(0.2);
    expect(differences).to.equal(undefined);
  });

  it('draws the images of both methods together for a difference', () => {
    const { differences } = summarize(results, statistics, { reference: 'first' });
    expect(differences!.reference).to.equal('first');
    expect(Object.keys(differences!.methods)).to.deep.equal(['second', 'gaps']);
    // Every image differs by the same: there is nothing to be unsure of, wide as the intervals of both are.
    const { mean, low, high } = differences!.methods['second']!.score!;
    for (const value of [mean, low, high]) expect(value).to.be.closeTo(0.25, 1e-12);
  });
});

describe('checkReference', () => {
  it('takes a method or a control, and names them where it is neither', () => {
    const methods = [{ name: 'lafam', run: () => undefined as never }];
    for (const reference of ['lafam', 'random', undefined])
      checkReference({ methods, ...(reference !== undefined && { reference }) });
    expect(() => checkReference({ methods, reference: 'cam' })).to.throw(
      InvalidInput,
      'reference: expected one of lafam, random, random-coarse, center-gaussian, found "cam"; add it to the methods',
    );
  });
});
