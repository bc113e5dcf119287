import { armNamed, PLAIN } from './choose-arms.js';
import type { RunResult } from '../types.js';

/** A control that costs what the dearest arm costs. */
export interface EqualCost {
  /** `plain`, or plain with more epochs: plain@12. */
  control: string;
  /** The dearest arm, and its training time over plain's. */
  dearest: string;
  ratio: number;
}

/**
 * Plain fine-tuning with as many epochs as the training time of the dearest arm pays for, rounded up in plain's favor.
 * It gets a schedule of its own, whole.
 *
 * @param results of one seed: plain, and every arm
 * @param epochs of plain
 * @returns undefined where plain has no result, or no other arm has
 */
export function equalCostControl(results: readonly RunResult[], epochs: number): EqualCost | undefined {
  const secondsOf = ({ curve }: RunResult): number => curve.at(-1)!.seconds;
  const plain = results.find(({ arm }) => arm === PLAIN);
  const others = results.filter(({ arm }) => armNamed(arm).stage.enabled);
  if (!plain || others.length === 0) return undefined;
  const dearest = others.reduce((most, run) => (secondsOf(run) > secondsOf(most) ? run : most));
  const ratio = secondsOf(dearest) / secondsOf(plain);
  const paid = Math.ceil(epochs * ratio);
  return { control: paid > epochs ? `${PLAIN}@${paid}` : PLAIN, dearest: dearest.arm, ratio };
}
