import type { Validation } from '../step/index.js';
import type { RunState } from '../run/index.js';
import type { Recipe } from '../recipe/index.js';
import type { Run } from './run.js';
import { inLooks, settlementOf } from './watch-maps.js';

/** After a validation, before the state moves on to the next epoch: notes whether what schedule.stop watches has improved. */
export function watch({ recipe, state }: Run, { loss, top1 }: Validation): void {
  const { metric } = recipe.schedule.stop;
  if (!metric) return;
  const { watched } = state;
  const known = watched?.metric === metric ? watched : undefined;
  const value = metric === 'valLoss' ? loss : top1;
  const improves = !known || (metric === 'valLoss' ? value < known.value : value > known.value);
  state.watched = improves
    ? { metric, value, epoch: state.epoch + 1, since: 0 }
    : { ...known, since: known.since + 1 };
}

/** Whether a run is at its end: after its last epoch, or where `schedule.stop` ends it before. */
export function isOver(recipe: Recipe, state: RunState): boolean {
  return state.epoch >= recipe.schedule.epochs || earlyEnd(recipe, state) !== undefined;
}

/** Why a run ends before its last epoch, in words; undefined where it does not. */
export function earlyEnd(recipe: Recipe, state: RunState): string | undefined {
  const { epochs } = recipe.schedule;
  const { epoch } = state;
  const why = epoch >= epochs ? undefined : (metricEnd(recipe, state) ?? mapsEnd(recipe, state));
  return why && `stopped early after epoch ${epoch} of ${epochs}: ${why}`;
}

function metricEnd({ schedule: { stop, validateEvery } }: Recipe, { watched }: RunState): string | undefined {
  if (!watched || watched.metric !== stop.metric || watched.since < stop.patience) return undefined;
  const name = stop.metric === 'valLoss' ? 'validation loss' : 'validation top-1';
  const since = validateEvery === 1 ? forEpochs(stop.patience) : inValidations(stop.patience);
  return `${name} has not improved ${since}, its best was ${watched.value.toFixed(3)} after epoch ${watched.epoch}`;
}

/** Why the maps end a run after the epoch that they were last looked at, in words; undefined where they do not. */
export function mapsEnd(recipe: Recipe, state: RunState): string | undefined {
  const { act, within, for: wanted } = recipe.schedule.stop.saliency;
  if (!act || settlementOf(recipe, state)?.settled === undefined) return undefined;
  return `the change of its maps has been within ${within} of the noise floor ${inLooks(wanted, state)}`;
}

function forEpochs(count: number): string {
  return count === 1 ? 'for an epoch' : `for ${count} epochs`;
}

function inValidations(count: number): string {
  return count === 1 ? 'in a validation' : `in ${count} validations`;
}
