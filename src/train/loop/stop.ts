import type { Validation } from '../step/index.js';
import type { RunState } from '../run/index.js';
import type { Recipe } from '../recipe/index.js';
import type { Run } from './run.js';

/** Before the state moves on to the next epoch: notes whether the measure that schedule.stop watches has improved. */
export function watch({ recipe, state }: Run, { loss, top1 }: Validation): void {
  const { metric } = recipe.schedule.stop;
  if (!metric) return;
  const { watched } = state;
  const known = watched?.metric === metric ? watched : undefined;
  const value = metric === 'valLoss' ? loss : top1;
  const improves = !known || (metric === 'valLoss' ? value < known.value : value > known.value);
  if (improves) state.watched = { metric, value, epoch: state.epoch + 1 };
}

/** Whether a run is at its end: after its last epoch, or where `schedule.stop` ends it before. */
export function isOver(recipe: Recipe, state: RunState): boolean {
  return state.epoch >= recipe.schedule.epochs || earlyEnd(recipe, state) !== undefined;
}

/** Why a run ends before its last epoch, in words; undefined where it does not. */
export function earlyEnd({ schedule }: Recipe, { epoch, watched }: RunState): string | undefined {
  const { stop, epochs } = schedule;
  if (!watched || watched.metric !== stop.metric || epoch >= epochs) return undefined;
  if (epoch - watched.epoch < stop.patience) return undefined;
  const name = stop.metric === 'valLoss' ? 'validation loss' : 'validation top-1';
  const since = stop.patience === 1 ? 'for an epoch' : `for ${stop.patience} epochs`;
  return `stopped early after epoch ${epoch} of ${epochs}: ${name} has not improved ${since}, its best was ${watched.value.toFixed(3)} after epoch ${watched.epoch}`;
}
