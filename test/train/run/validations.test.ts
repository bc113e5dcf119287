import { expect } from 'chai';
import { completeRecipe } from '../../../src/train/recipe/index.js';
import {
  stopWarnings,
  validatesAfter,
  validationCount,
  validationLine,
} from '../../../src/train/run/validations.js';

const schedule = (changes: object) =>
  completeRecipe({ data: { train: 'a', val: 'b' }, schedule: changes }).schedule;

describe('schedule.validateEvery', () => {
  const epochsOf = (changes: object) => {
    const of = schedule(changes);
    return Array.from({ length: of.epochs }, (_, at) => at + 1).filter((epoch) => validatesAfter(of, epoch));
  };

  it('is every epoch by default, else every Nth one and always the last', () => {
    expect(epochsOf({ epochs: 3 })).to.deep.equal([1, 2, 3]);
    expect(epochsOf({ epochs: 7, validateEvery: 3 })).to.deep.equal([3, 6, 7]);
    expect(epochsOf({ epochs: 6, validateEvery: 3 })).to.deep.equal([3, 6]);
    expect(epochsOf({ epochs: 4, validateEvery: 100 })).to.deep.equal([4]);
  });

  it('counts the one before training', () => {
    for (const changes of [{ epochs: 3 }, { epochs: 7, validateEvery: 3 }, { epochs: 4, validateEvery: 100 }])
      expect(validationCount(schedule(changes))).to.equal(1 + epochsOf(changes).length);
  });

  it('is said before a run, where it is not every epoch', () => {
    expect(validationLine(schedule({ epochs: 7 }))).to.deep.equal([]);
    expect(validationLine(schedule({ epochs: 7, validateEvery: 3 }))).to.deep.equal([
      'validation: before training, after every 3 epochs and after the last epoch',
    ]);
    expect(validationLine(schedule({ epochs: 7, validateEvery: 7 }))).to.deep.equal([
      'validation: before training and after the last epoch',
    ]);
  });

  it('is a whole number of 1 or more', () => {
    for (const validateEvery of [0, -1, 1.5, null])
      expect(() => schedule({ validateEvery })).to.throw(
        /schedule\.validateEvery: expected an integer of 1 or more/,
      );
    expect(schedule({ epochs: 2, validateEvery: 1000 })).to.include({ validateEvery: 1000 });
  });

  it('warns of early stopping that cannot come, since validations are too few', () => {
    const warned = (changes: object, stop: object) => stopWarnings(schedule({ ...changes, stop }));
    const metric = 'valLoss';
    expect(warned({ epochs: 20, validateEvery: 5 }, { metric, patience: 3 })).to.deep.equal([
      'schedule.stop.metric cannot end this run early: it takes 4 validations (schedule.stop.patience and one), and with schedule.validateEvery: 5 there are 3 before the last of 20 epochs; take a lower schedule.validateEvery or schedule.stop.patience',
    ]);
    expect(warned({ epochs: 20, validateEvery: 5 }, { metric, patience: 2 })).to.deep.equal([]);
    expect(warned({ epochs: 20, validateEvery: 20 }, { metric, patience: 1 })).to.have.length(1);
    expect(warned({ epochs: 20, validateEvery: 20 }, { patience: 1 })).to.deep.equal([]);
    // The maps are looked at after every epoch in any case.
    expect(warned({ epochs: 20, validateEvery: 20 }, { saliency: { within: 1.1, act: true } })).to.deep.equal([]); // prettier-ignore
    expect(warned({ epochs: 3 }, { metric })).to.deep.equal([]);
  });
});
