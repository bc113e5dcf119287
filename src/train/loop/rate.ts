import type { Recipe } from '../recipe/index.js';
import { learningRateAt } from '../step/index.js';

/**
 * The learning rate of a batch: all batches of one step have that of the first. Where the recipe says for how many
 * images a step its rate is meant, it grows with those that a step has (Goyal et al. 2017, "Accurate, Large Minibatch
 * SGD").
 *
 * @param length batches in an epoch
 */
export function rateAt(
  { schedule, optimizer, data }: Recipe,
  epoch: number,
  batch: number,
  length: number,
): number {
  const { accumulate, learningRate } = optimizer;
  const first = Math.floor(batch / accumulate) * accumulate;
  return learningRateAt(schedule, learningRate * rateFactor({ optimizer, data }), epoch + first / length);
}

/** The mean learning rate of the batches of epochs, from one (from 0) up to another that does not count. */
export function epochRate(recipe: Recipe, from: number, to: number, length: number): number {
  let sum = 0;
  for (let epoch = from; epoch < to; epoch++)
    for (let batch = 0; batch < length; batch++) sum += rateAt(recipe, epoch, batch, length);
  return sum / (length * (to - from));
}

/** The mean learning rate of the epoch that has the highest. */
export function peakRate(recipe: Recipe, length: number): number {
  const epochs = Array.from({ length: recipe.schedule.epochs }, (_, epoch) => epoch);
  return epochs.reduce((most, epoch) => Math.max(most, epochRate(recipe, epoch, epoch + 1, length)), 0);
}

/** What the recipe's learning rate is multiplied by: images of a step over those that the rate is meant for. */
export function rateFactor({ optimizer, data }: Pick<Recipe, 'optimizer' | 'data'>): number {
  const { referenceBatch, accumulate } = optimizer;
  return referenceBatch === null ? 1 : (data.batchSize * accumulate) / referenceBatch;
}
