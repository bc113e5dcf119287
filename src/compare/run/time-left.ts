import type { RunResult } from '../types.js';
import { meanOf } from '../statistics/paired.js';

/**
 * Training time of the runs that have no result yet: each as long as the other runs of its arm took, or as all runs
 * took where its arm is new. Validation and measuring are not in it.
 *
 * @param runs with the result of each that is done
 * @returns seconds; null where no run is done
 */
export function trainingTimeLeft(
  runs: readonly { arm: string; result?: RunResult | undefined }[],
): number | null {
  const seconds = (some: typeof runs): number | null =>
    meanOf(some.flatMap(({ result }) => result?.curve.at(-1)?.seconds ?? []));
  const overall = seconds(runs);
  if (overall === null) return null;
  return runs
    .filter(({ result }) => !result)
    .reduce((sum, { arm }) => sum + (seconds(runs.filter((run) => run.arm === arm)) ?? overall), 0);
}
