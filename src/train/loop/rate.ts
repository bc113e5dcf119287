import type { Recipe } from '../recipe/index.js';
import { learningRateAt } from '../step/index.js';

/**
 * The learning rate of a batch: all batches of one step have that of the first.
 *
 * @param length batches in an epoch
 */
export function rateAt(
  { schedule, optimizer }: Recipe,
  epoch: number,
  batch: number,
  length: number,
): number {
  const { accumulate, learningRate } = optimizer;
  const first = Math.floor(batch / accumulate) * accumulate;
  return learningRateAt(schedule, learningRate, epoch + first / length);
}
