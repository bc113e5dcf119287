import { earlyEnd, watch } from '../../src/train/loop/stop.js';
import type { Run } from '../../src/train/loop/run.js';
import { settlement } from '../../src/train/loop/settlement.js';
import { completeRecipe } from '../../src/train/recipe/index.js';
import { freshState, nextEpoch } from '../../src/train/run/run-state.js';
import type { RegretRun } from './types.js';

/** After which epoch a rule ends a run; its last one where it never does. */
export type Rule = (run: RegretRun) => number;

/** `schedule.stop.metric: valLoss`, by the code of the trainer. */
export const patience =
  (epochs: number): Rule =>
  (run) => {
    const recipe = completeRecipe({
      data: { train: 'a', val: 'b' },
      schedule: { epochs: run.epochs.length, stop: { metric: 'valLoss', patience: epochs } },
    });
    const state = freshState({ dir: '', classNames: [], files: [], labels: new Int32Array() });
    for (const { valLoss, valTop1 } of run.epochs) {
      watch({ recipe, state } as Run, { loss: valLoss, top1: valTop1, top5: 1, images: 1 });
      nextEpoch(state);
      if (earlyEnd(recipe, state)) break;
    }
    return state.epoch;
  };

/** `schedule.stop.saliency` with `act: true`, by the code of the trainer. */
export const saliency =
  (within: number, wanted: number): Rule =>
  (run) => {
    const epochs = run.epochs.map(({ changeOverFloor, ...one }) => ({ ...one, overFloor: changeOverFloor }));
    return settlement(epochs, { within, for: wanted }, run.peak).settled ?? run.epochs.length;
  };

/** A rule that looks at nothing: so much of every run. */
export const share =
  (of: number): Rule =>
  (run) =>
    Math.max(1, Math.round(of * run.epochs.length));

/** Knows the run: the first epoch of its best accuracy. */
export const oracle: Rule = ({ epochs }) => {
  const best = Math.max(...epochs.map(({ valTop1 }) => valTop1));
  return epochs.findIndex(({ valTop1 }) => valTop1 === best) + 1;
};

/** What a rule does to a run. Shares of its epochs, and points of accuracy. */
export interface Outcome {
  epochs: number;
  saved: number;
  /** Of the best checkpoint up to the end, below the best of the whole run. */
  givenUp: number;
  /** Of the weights at the end (`model/`), below the same. */
  givenUpLast: number;
}

export function outcome(run: RegretRun, rule: Rule): Outcome {
  const end = rule(run);
  const best = (epochs: RegretRun['epochs']): number => Math.max(...epochs.map(({ valTop1 }) => valTop1));
  const all = best(run.epochs);
  return {
    epochs: end,
    saved: 1 - end / run.epochs.length,
    givenUp: 100 * (all - best(run.epochs.slice(0, end))),
    givenUpLast: 100 * (all - run.epochs[end - 1]!.valTop1),
  };
}
