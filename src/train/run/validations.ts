import type { Recipe } from '../recipe/index.js';

type Schedule = Recipe['schedule'];

/**
 * Whether the schedule has a validation after an epoch: after every `validateEvery`-th one, and after the last.
 *
 * @param epoch from 1
 */
export function validatesAfter({ epochs, validateEvery }: Schedule, epoch: number): boolean {
  return epoch % validateEvery === 0 || epoch >= epochs;
}

/** How often a run validates that goes to its last epoch: before training, and after epochs. */
export function validationCount({ epochs, validateEvery }: Schedule): number {
  return 1 + Math.ceil(epochs / validateEvery);
}

/** When a run validates, for people: nothing where that is after every epoch. */
export function validationLine({ epochs, validateEvery }: Schedule): string[] {
  if (validateEvery === 1) return [];
  const between = validateEvery < epochs ? `, after every ${validateEvery} epochs` : '';
  return [`validation: before training${between} and after the last epoch`];
}

/** Why early stopping will not come to anything, a sentence; empty where validations are frequent enough. */
export function stopWarnings({ epochs, validateEvery, stop }: Schedule): string[] {
  const before = Math.floor((epochs - 1) / validateEvery);
  const needed = stop.patience + 1;
  if (validateEvery === 1 || stop.metric === null || before >= needed) return [];
  return [
    `schedule.stop.metric cannot end this run early: it takes ${needed} validations (schedule.stop.patience and one), and with schedule.validateEvery: ${validateEvery} there ${before === 1 ? 'is' : 'are'} ${before} before the last of ${epochs} epochs; take a lower schedule.validateEvery or schedule.stop.patience`,
  ];
}
