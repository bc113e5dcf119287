import { expect } from 'chai';
import { completeRecipe } from '../../../src/train/recipe/index.js';
import { mapLooks, mapLooksLine, mapLooksWarnings } from '../../../src/train/run/map-looks.js';

const recipe = (saliency: object = {}, schedule: object = {}) =>
  completeRecipe({
    data: { train: 'a', val: 'b' },
    schedule: { epochs: 20, ...schedule, stop: { saliency: { within: 1.1, ...saliency } } },
  });
const looks = (train: number, val: number, saliency: object = {}, allLearn = true, schedule: object = {}) =>
  mapLooks(recipe(saliency, schedule), { images: { train, val }, allLearn })!;

describe('mapLooks', () => {
  it('is what 4 % of the passes of training pay, within 8, 256 and what is there', () => {
    // 800 · 3.5 · 0.04 / 4
    expect(looks(800, 186)).to.deep.include({ images: 28, every: 1 });
    expect(looks(100_000, 5000)).to.deep.include({ images: 256, every: 1 });
    expect(looks(100_000, 60)).to.deep.include({ images: 60, every: 1 });
    // 8 images take 32 passes of 84: every 10th epoch; 5 take 20.
    expect(looks(24, 10)).to.deep.include({ images: 8, every: 10 });
    expect(looks(24, 5)).to.deep.include({ images: 5, every: 6 });
  });

  it('takes a step for a forward pass where layers are frozen', () => {
    expect(looks(800, 186, {}, false)).to.deep.include({ images: 8, every: 1 });
    expect(looks(120, 120, {}, false)).to.deep.include({ images: 8, every: 7 });
  });

  it('does what the recipe says before all, and then says what that costs', () => {
    expect(looks(800, 186, { images: 100 })).to.deep.include({ images: 100, every: 1 });
    expect(looks(800, 186, { images: 100 }).cost).to.be.closeTo((100 * 81) / (20 * 2800), 1e-12);
    expect(looks(800, 186, { every: 2 })).to.deep.include({ images: 56, every: 2 });
    expect(looks(24, 10, { every: 1 })).to.deep.include({ images: 8, every: 1 });
    expect(looks(24, 10, { images: 4, every: 3 })).to.deep.include({ images: 4, every: 3 });
    expect(mapLooks(recipe({ within: null }), { images: { train: 9, val: 9 }, allLearn: true })).to.equal(
      undefined,
    );
  });

  it('costs 5 % at most, the look before training counted, however small the data and long the run', () => {
    for (let train = 1; train <= 3000; train = Math.ceil(train * 1.3))
      for (const val of [1, 7, 8, 100, 1000])
        for (const epochs of [1, 2, 3, 7, 20, 300])
          for (const allLearn of [true, false]) {
            const { images, every, cost } = looks(train, val, {}, allLearn, { epochs });
            const known = `${train} ${val} ${epochs} ${allLearn}: ${images} every ${every}`;
            expect(cost, known).to.be.at.most(0.05 + 1e-12);
            expect(images, known).to.be.at.least(Math.min(val, 8));
          }
  });

  it('is said before a run, and warned of where the rule has too few looks', () => {
    expect(mapLooksLine(undefined, { val: 9 })).to.deep.equal([]);
    expect(mapLooksLine(looks(800, 186), { val: 186 })).to.deep.equal([
      'maps: 28 of 186 validation images after every epoch, at most 4.0 % of the passes of training (schedule.stop.saliency.images and .every)',
    ]);
    expect(mapLooksWarnings(recipe(), looks(800, 186))).to.deep.equal([]);
    expect(mapLooksWarnings(recipe(), looks(24, 10))).to.deep.equal([
      'schedule.stop.saliency cannot say in this run that the maps have settled: it takes 3 looks (schedule.stop.saliency.for), and after every 10 epochs there are 2 in 20 epochs; schedule.stop.saliency.every: 1 looks after every epoch, whatever that costs',
    ]);
  });
});
