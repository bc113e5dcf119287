import { nextEpoch } from '../run/index.js';
import { isOver, earlyEnd, watch } from './stop.js';
import { swapped } from './swapped.js';
import type { Run } from './run.js';
import { save } from './save.js';
import { noteSkipped } from './skipped.js';
import { tellEpoch, tellStart } from './tell.js';
import { trainEpoch } from './train-epoch.js';
import { validate } from './validate.js';
import { expectMaps, watchMaps } from './watch-maps.js';

/**
 * Runs what is left of the epochs, from where the state stands: train, validate, tell, save.
 *
 * @returns whether the end was reached, be it early; otherwise the user stopped the run, and a checkpoint has been written
 * @throws Failure for a loss that is not finite, for too many unreadable files, for what the system refuses
 */
export async function runEpochs(run: Run): Promise<boolean> {
  const { recipe, state, data, out, interrupt, together } = run;
  expectMaps(run);
  if (state.step === 0) await tellStart(run, await validate(run));
  while (!isOver(recipe, state)) {
    if (!(await swapped(run, () => trainEpoch(run)))) return stopped(run);
    noteSkipped(run, recipe.data.train, await together.skipped(data.training.summary().skipped));
    together.settle();
    await together.compare(state.step);
    const validation = await validate(run);
    const isBest = validation.top1 > (state.best?.top1 ?? -1);
    if (isBest) state.best = { epoch: state.epoch + 1, top1: validation.top1 };
    watch(run, validation);
    await tellEpoch(run, validation, await watchMaps(run));
    nextEpoch(state);
    const ends = isOver(recipe, state);
    const stops = await together.any(interrupt.requested());
    const isDue = state.epoch % recipe.checkpoint.everyEpochs === 0 || ends;
    if (isDue || isBest || stops) await save(run, isBest);
    await out.onEpoch();
    if (stops && !ends) return stopped(run);
  }
  const early = earlyEnd(recipe, state);
  if (early) out.log(early);
  return true;
}

function stopped({ state, out }: Run): false {
  out.log(`stopped at step ${state.step}`);
  return false;
}
