import { validatesAfter, type MapStep } from '../run/index.js';
import type { Validation } from '../step/index.js';
import type { Run } from './run.js';
import { checkWeights } from './save.js';
import { mapsEnd, watch } from './stop.js';
import { validate } from './validate.js';
import { watchMaps } from './watch-maps.js';

/** What an epoch has come to. */
export interface Examined {
  /** Undefined where it was not validated. */
  validation: Validation | undefined;
  /** Whether its network is the best so far. */
  isBest: boolean;
  /** Undefined where no maps are watched. */
  maps: MapStep | undefined;
}

/**
 * After an epoch, before the state moves on to the next one: validates where the schedule has it, looks at the maps where
 * that is wanted, and validates all the same where these end the run.
 *
 * @throws Failure where a weight or the loss is not finite
 */
export async function examine(run: Run): Promise<Examined> {
  const { recipe, state } = run;
  const due = validatesAfter(recipe.schedule, state.epoch + 1) ? await validate(run) : undefined;
  if (!due) checkWeights(run);
  const maps = await watchMaps(run);
  const validation = due ?? (mapsEnd(recipe, state) ? await validate(run) : undefined);
  if (!validation) return { validation, isBest: false, maps };
  watch(run, validation);
  return { validation, isBest: noteBest(run, validation, state.epoch + 1), maps };
}

/**
 * Notes whether a validation is the best so far.
 *
 * @param epoch that it was made after, from 1
 */
export function noteBest({ state }: Run, { top1 }: Validation, epoch: number): boolean {
  const isBest = top1 > (state.best?.top1 ?? -1);
  if (isBest) state.best = { epoch, top1 };
  return isBest;
}
