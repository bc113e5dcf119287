import { arms, type Arm } from '../augment/index.js';
import { invalid } from '../errors.js';
import { nearest } from '../nearest.js';

/** The control that every arm is compared with. */
export const PLAIN = 'plain';

/**
 * An arm by its name.
 *
 * @throws InvalidInput with the nearest name where there is none
 */
export function armNamed(name: string): Arm {
  if (Object.hasOwn(arms, name)) return arms[name]!;
  const known = Object.keys(arms);
  const near = nearest(name, known, known);
  throw invalid('--arms', `names among ${known.join(', ')}`, name, near && `did you mean ${near}?`);
}

/**
 * The arms of a comparison, each once, plain first: without it there is nothing to compare with.
 *
 * @param hasBoxes whether the recipe names a file with the boxes of the training images
 * @throws InvalidInput for an unknown arm, and for one that needs boxes where there are none
 */
export function chooseArms(names: readonly string[], hasBoxes: boolean): string[] {
  const chosen = [...new Set([PLAIN, ...names])];
  for (const name of chosen) {
    if (armNamed(name).needs === 'boxes' && !hasBoxes) {
      const fix = `set data.trainBoxes, or leave out ${name}`;
      throw invalid(`arm ${name}`, "a file in COCO's format with the training images' boxes", null, fix);
    }
  }
  return chosen;
}
