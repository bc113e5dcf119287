import { nextEpoch } from '../run/index.js';
import { examine, noteBest } from './examine.js';
import { isOver, earlyEnd } from './stop.js';
import { swapped } from './swapped.js';
import type { Run } from './run.js';
import { save, saveUnvalidated } from './save.js';
import { noteSkipped } from './skipped.js';
import { logEpoch, logLate, logStart } from './log-epochs.js';
import { trainEpoch } from './train-epoch.js';
import { validate } from './validate.js';
import { expectMaps } from './watch-maps.js';

/**
 * Runs what is left of the epochs, from where the state stands: train, validate where that is due, tell, save.
 *
 * @returns whether the end was reached, be it early; otherwise the user stopped the run, and a checkpoint has been written
 * @throws Failure for a loss that is not finite, for too many unreadable files, for what the system refuses
 */
export async function runEpochs(run: Run): Promise<boolean> {
  const { recipe, state, data, out, interrupt, together } = run;
  expectMaps(run);
  if (state.step === 0) await logStart(run, await validate(run));
  while (!isOver(recipe, state)) {
    const { isStopped, last } = await swapped(run, () => trainEpoch(run));
    if (isStopped) return stopped(run);
    noteSkipped(run, recipe.data.train, await together.skipped(data.training.summary().skipped));
    together.averageStatistics();
    await together.compare(state.step);
    const { isBest, ...examined } = await examine(run);
    await logEpoch(run, examined);
    nextEpoch(state);
    const ends = isOver(recipe, state);
    const stops = await together.any(interrupt.requested());
    const isDue = state.epoch % recipe.checkpoint.everyEpochs === 0 || ends;
    if (isDue || isBest || stops)
      await (examined.validation ? save(run, isBest) : saveUnvalidated(run, last));
    await out.onEpoch();
    if (stops && !ends) return stopped(run);
  }
  if (state.validated !== state.step) await validateLate(run);
  const early = earlyEnd(recipe, state);
  if (early) out.log(early);
  return true;
}

/** Where a resumed run is over at once, by another recipe, and its last epoch was not validated. */
async function validateLate(run: Run): Promise<void> {
  const validation = await validate(run);
  logLate(run, validation);
  await save(run, noteBest(run, validation, run.state.epoch));
}

function stopped({ state, out }: Run): false {
  out.log(`stopped at step ${state.step}`);
  return false;
}
