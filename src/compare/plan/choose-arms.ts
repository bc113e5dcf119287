import { arms, type Arm } from '../../augment/index.js';
import { invalid } from '../../errors.js';
import { nearest } from '../../text/nearest.js';

/** The control that every arm is compared with, unless another one is named. */
export const PLAIN = 'plain';

/** An arm as a comparison trains it. */
export interface NamedArm extends Arm {
  /** Epochs of its own, in place of the recipe's. */
  epochs?: number;
}

/**
 * An arm by its name, which may end in epochs of its own: `plain@12`.
 *
 * @throws InvalidInput with the nearest name where there is none, and for epochs that are no whole number
 */
export function armNamed(name: string): NamedArm {
  const [base = '', ...rest] = name.split('@');
  if (!Object.hasOwn(arms, base)) {
    const known = Object.keys(arms);
    const near = nearest(base, known, known);
    throw invalid('--arms', `names among ${known.join(', ')}`, name, near && `did you mean ${near}?`);
  }
  const arm = arms[base]!;
  if (rest.length === 0) return arm;
  const [epochs = ''] = rest;
  if (rest.length > 1 || !/^[1-9]\d{0,5}$/.test(epochs)) {
    throw invalid('--arms', `epochs after the @, as in ${base}@12`, name);
  }
  return { ...arm, summary: `${arm.summary}, ${epochs} epochs`, epochs: Number(epochs) };
}

/**
 * The arms of a comparison, each once, the control first: without it there is nothing to compare with.
 *
 * @param hasBoxes whether the recipe names a file with the boxes of the training images
 * @throws InvalidInput for an unknown arm, and for one that needs boxes where there are none
 */
export function chooseArms(names: readonly string[], hasBoxes: boolean, control: string = PLAIN): string[] {
  const chosen = [...new Set([control, ...names])];
  for (const name of chosen) {
    if (armNamed(name).needs === 'boxes' && !hasBoxes) {
      const fix = `set data.trainBoxes, or leave out ${name}`;
      throw invalid(`arm ${name}`, "a file in COCO's format with the training images' boxes", null, fix);
    }
  }
  return chosen;
}
