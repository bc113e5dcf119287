import { mixSeeds, random } from '../../random.js';

/**
 * For each image another one of another class, whose background it is given: drawn at random, the same in every arm.
 *
 * @param labels class of each image
 * @returns index of each image's partner; its own index for all where there is only one class
 */
export function partnersOf(labels: ArrayLike<number>, seed: number): Int32Array {
  const classes = Array.from(labels);
  const someOther = classes.some((label) => label !== classes[0]);
  return Int32Array.from(classes, (label, image) => {
    if (!someOther) return image;
    const next = random(mixSeeds(seed, 0xbac, image));
    for (;;) {
      const candidate = Math.floor(next() * classes.length);
      if (classes[candidate] !== label) return candidate;
    }
  });
}
