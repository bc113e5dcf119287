import type { Random } from '../random.js';

/**
 * Which images of a batch go through the stage: each with the given probability, but spread evenly from a random start
 * on, so that every batch, and every part of one that a process has as its share, has nearly the same number of them
 * (count · probability rounded up or down): the work, and with it the shapes that a compiled stage sees, stay the same.
 *
 * @param count images in the batch, in random order
 * @param probability 0 to 1
 * @returns indices of the chosen images, ascending
 */
export function chooseImages(count: number, probability: number, next: Random): Int32Array {
  const start = next();
  const before = (image: number): number => Math.floor(image * probability + start);
  const all = Int32Array.from({ length: count }, (_, image) => image);
  return all.filter((image) => before(image + 1) > before(image));
}
