import type { Recipe } from '../recipe/index.js';
import type { MapEpoch } from '../run/index.js';

/**
 * What an epoch says about the maps: they moved by more than the floor allows, they stayed, or they stayed and a small
 * learning rate may be why (confounded). Unknown where there is no quotient.
 */
export type MapVerdict = 'moving' | 'settled' | 'confounded' | 'unknown';

/** The rule of `schedule.stop.saliency`. */
export type SettlementRule = Pick<Recipe['schedule']['stop']['saliency'], 'for'> & {
  within: number;
  /** Epochs between two looks. Default 1. */
  every?: number | undefined;
};

/**
 * Weighs an epoch's change ÷ floor against the learning rate that it had. A step is as long as its learning rate, so that
 * maps also stand still because the rate has fallen, or is not there yet in a warm-up: where the change, scaled up to the
 * highest rate of the schedule, is still above `within`, nothing follows from its smallness.
 *
 * @param peak mean learning rate of the epoch that has the highest
 */
export function mapVerdict({ overFloor, rate }: MapEpoch, within: number, peak: number): MapVerdict {
  if (overFloor === null) return 'unknown';
  if (overFloor > within) return 'moving';
  return overFloor * peak > within * rate ? 'confounded' : 'settled';
}

/** Epochs (from 1) in which a rule would first have spoken. */
export interface Settlement {
  /** The maps have been settled in so many looks in a row. */
  settled?: number;
  /** Their change has been small in so many looks in a row, some of which are confounded. */
  confounded?: number;
}

/** What a rule says about the looks so far; follows from them and the schedule alone. */
export function settlement(
  epochs: readonly MapEpoch[],
  { within, for: wanted, every = 1 }: SettlementRule,
  peak: number,
): Settlement {
  const found: Settlement = {};
  let [small, settled, last] = [0, 0, NaN];
  for (const one of epochs) {
    const verdict = mapVerdict(one, within, peak);
    const follows = one.epoch === last + every;
    last = one.epoch;
    small = verdict === 'settled' || verdict === 'confounded' ? (follows ? small : 0) + 1 : 0;
    settled = verdict === 'settled' ? (follows ? settled : 0) + 1 : 0;
    if (settled >= wanted) found.settled ??= one.epoch;
    else if (small >= wanted) found.confounded ??= one.epoch;
  }
  return found;
}
