import { expect } from 'chai';
import { earlyEnd, isOver, watch } from '../../../src/train/loop/stop.js';
import type { Run } from '../../../src/train/loop/run.js';
import { completeRecipe } from '../../../src/train/recipe/index.js';
import { freshState, nextEpoch } from '../../../src/train/run/run-state.js';

const recipeWith = (stop: object) =>
  completeRecipe({ data: { train: 'a', val: 'b' }, schedule: { epochs: 8, stop } });

/** The epochs that are run, of at most 8, for validations in this order. */
function epochsOf(validations: { loss: number; top1: number }[], stop: object) {
  const recipe = recipeWith(stop);
  const state = freshState({ dir: '', classNames: [], files: [], labels: new Int32Array() });
  while (!isOver(recipe, state)) {
    const { loss, top1 } = validations[state.epoch] ?? validations.at(-1)!;
    watch({ recipe, state } as Run, { loss, top1, top5: 1, images: 1 });
    nextEpoch(state);
  }
  return { epochs: state.epoch, why: earlyEnd(recipe, state), state, recipe };
}

const losses = (...values: number[]) => values.map((loss) => ({ loss, top1: 0 }));
const accuracies = (...values: number[]) => values.map((top1) => ({ loss: 0, top1 }));

describe('early stopping', () => {
  it('is off unless a metric is named', () => {
    expect(epochsOf(losses(1, 2, 3), { patience: 1 })).to.include({ epochs: 8, why: undefined });
  });

  it('ends after so many epochs in a row without a lower loss', () => {
    const { epochs, why } = epochsOf(losses(1, 2, 0.5, 0.5, 0.6), { metric: 'valLoss', patience: 2 });
    expect(epochs).to.equal(5);
    expect(why).to.equal(
      'stopped early after epoch 5 of 8: validation loss has not improved for 2 epochs, its best was 0.500 after epoch 3',
    );
  });

  it('ends after so many epochs in a row without a higher accuracy', () => {
    const { epochs, why } = epochsOf(accuracies(0.5, 0.4, 0.6, 0.1), { metric: 'valTop1', patience: 1 });
    expect(epochs).to.equal(2);
    expect(why).to.include(
      'validation top-1 has not improved for an epoch, its best was 0.500 after epoch 1',
    );
  });

  it('counts validations, not epochs, where not every epoch is validated', () => {
    const recipe = completeRecipe({ data: { train: 'a', val: 'b' }, schedule: { epochs: 20, validateEvery: 3, stop: { metric: 'valLoss', patience: 2 } } }); // prettier-ignore
    const state = freshState({ dir: '', classNames: [], files: [], labels: new Int32Array() });
    while (!isOver(recipe, state)) {
      const loss = state.epoch < 6 ? 1 / (state.epoch + 1) : 1;
      if ((state.epoch + 1) % 3 === 0) watch({ recipe, state } as Run, { loss, top1: 0, top5: 1, images: 1 });
      nextEpoch(state);
    }
    expect(earlyEnd(recipe, state)).to.equal(
      'stopped early after epoch 12 of 20: validation loss has not improved in 2 validations, its best was 0.167 after epoch 6',
    );
  });

  it('is no early end where the last epoch is reached in any case', () => {
    expect(epochsOf(losses(1), { metric: 'valLoss', patience: 7 })).to.include({ epochs: 8, why: undefined });
  });

  it('follows from state and recipe alone: more patience goes on, another metric begins anew', () => {
    const { recipe, state } = epochsOf(losses(1), { metric: 'valLoss', patience: 2 });
    expect(isOver(recipe, JSON.parse(JSON.stringify(state)) as typeof state)).to.equal(true);
    expect(isOver(recipeWith({ metric: 'valLoss', patience: 3 }), state)).to.equal(false);
    const accuracy = recipeWith({ metric: 'valTop1', patience: 1 });
    expect(isOver(accuracy, state)).to.equal(false);
    watch({ recipe: accuracy, state } as Run, { loss: 1, top1: 0.5, top5: 1, images: 1 });
    expect(state.watched).to.deep.equal({ metric: 'valTop1', value: 0.5, epoch: 4, since: 0 });
  });
});
