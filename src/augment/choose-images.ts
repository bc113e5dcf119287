import { permutation, type Random } from '../random.js';

/**
 * Which images of a batch go through the stage: each with the given probability, but nearly the same number in every
 * batch (count · probability rounded up or down at random), so that the work, and with it the shapes that a compiled
 * stage sees, stay the same.
 *
 * @param count images in the batch
 * @param probability 0 to 1
 * @returns indices of the chosen images, ascending
 */
export function chooseImages(count: number, probability: number, next: Random): Int32Array {
  const chosen = Math.floor(count * probability + next());
  return permutation(count, next).subarray(0, Math.min(count, chosen)).sort();
}
