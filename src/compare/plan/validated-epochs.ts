import type { Recipe } from '../../train/recipe/index.js';
import type { RunResult } from '../types.js';

/**
 * A comparison's own recipe, validated as rarely as is asked now: what is measured after the last epoch does not depend
 * on that, unless validations may end a run. More often is another recipe: the runs that are there do not know enough.
 */
export function withValidateEvery(own: Recipe, asked: Recipe): Recipe {
  const { schedule } = own;
  const { validateEvery } = asked.schedule;
  if (schedule.stop.metric !== null || validateEvery <= schedule.validateEvery) return own;
  return { ...own, schedule: { ...schedule, validateEvery } };
}

/** A result with those epochs alone that every run of its comparison has validated, so that their curves are alike. */
export function atCommonEpochs(result: RunResult, { schedule: { validateEvery } }: Recipe): RunResult {
  const last = result.curve.length - 1;
  return {
    ...result,
    curve: result.curve.filter(({ epoch }, at) => epoch % validateEvery === 0 || at === last),
  };
}
