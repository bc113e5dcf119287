import type { MapStep, RunState } from '../run/index.js';
import type { Recipe } from '../recipe/index.js';
import { epochRate, peakRate } from './rate.js';
import type { Run } from './run.js';
import { mapVerdict, settlement, type Settlement } from './settlement.js';

/** Where `schedule.stop.saliency` asks for it: what its rule must know of the schedule, which a resumed run may have anew. */
export function expectMaps({ recipe, state, data, network }: Run): void {
  if (!network.mapLooks) return;
  const { every } = network.mapLooks;
  state.maps = { peak: peakRate(recipe, data.training.length), every, epochs: state.maps?.epochs ?? [] };
}

/**
 * Where `schedule.stop.saliency` asks for it and a look is due, before the state moves on to the next epoch: looks at the
 * maps and notes how they changed since the look before. Rank 0 looks; the others hear of it.
 */
export async function watchMaps({
  recipe,
  state,
  data,
  network,
  together,
}: Run): Promise<MapStep | undefined> {
  const epoch = state.epoch + 1;
  if (!network.mapLooks || epoch % network.mapLooks.every !== 0) return undefined;
  const since = epoch - network.mapLooks.every;
  const step = await together.first(() => network.mapWatch!.look(epoch, since));
  const { overFloor } = step;
  const rate = epochRate(recipe, since, epoch, data.training.length);
  state.maps!.epochs.push({ epoch, overFloor, rate });
  return step;
}

/** What the rule of the recipe says about the epochs so far; undefined where there is none. */
export function settlementOf({ schedule }: Recipe, { maps }: RunState): Settlement | undefined {
  const { within, for: wanted } = schedule.stop.saliency;
  return within === null || !maps
    ? undefined
    : settlement(maps.epochs, { within, for: wanted, every: maps.every }, maps.peak);
}

/** What an epoch's line says about its maps. `mapSeconds` and `mapCost` (of the epoch's time) are the clock's. */
export function mapFigures(run: Run, step: MapStep | undefined): Record<string, number | string | null> {
  const { within } = run.recipe.schedule.stop.saliency;
  const last = run.state.maps?.epochs.at(-1);
  if (!step || !last || within === null) return {};
  return {
    changeOverFloor: step.overFloor,
    mapChange: step.change,
    mapFloor: step.floor,
    mapImages: step.images,
    mapZero: step.zero,
    mapVerdict: mapVerdict(last, within, run.state.maps!.peak),
    mapSeconds: step.seconds,
    mapCost: costOf(run, step),
  };
}

/** The same for people, to go behind the other figures of an epoch. */
export function mapWords(run: Run, step: MapStep | undefined): string {
  if (!step) return '';
  const { overFloor, change, floor, zero, images } = step;
  const of = (value: number | null): string => value?.toFixed(3) ?? 'unknown';
  const quotient = `change ÷ floor ${overFloor?.toFixed(2) ?? 'unknown'} (${of(change)} ÷ ${of(floor)})`;
  const without = zero > 0 ? `, ${zero} of ${images} without a map` : '';
  return `, maps: ${quotient}${without}, ${(100 * costOf(run, step)).toFixed(1)} % of the time`;
}

/** Says, once, what the rule has found. */
export function logSettlement({ recipe, state, out }: Run): void {
  const found = settlementOf(recipe, state);
  const epoch = state.epoch + 1;
  const { within, for: wanted, act } = recipe.schedule.stop.saliency;
  const since = inLooks(wanted, state);
  if (found?.settled === epoch && !act) {
    out.log(
      `the maps have settled: their change has been within ${within} of the noise floor ${since}; with schedule.stop.saliency.act: true the run would end here`,
    );
  }
  if (found?.confounded === epoch) {
    out.log(
      `the maps have changed little ${since}, within ${within} of the noise floor, but so has the network at its small learning rate: confounded, no reason to stop`,
    );
  }
}

/** "for 3 epochs", or "in 3 looks" where there is none in some epochs. */
export function inLooks(count: number, { maps }: RunState): string {
  if ((maps?.every ?? 1) > 1) return count === 1 ? 'in one look' : `in ${count} looks`;
  return count === 1 ? 'for an epoch' : `for ${count} epochs`;
}

function costOf({ state: { sums } }: Run, { seconds }: MapStep): number {
  return seconds / (sums.seconds + seconds);
}
