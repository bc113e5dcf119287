import { lineChart, type Series } from '../../report/index.js';
import type { RunResult } from '../index.js';

/** Validation accuracy by epoch, the mean over an arm's runs. */
export function meanCurve(runs: readonly RunResult[]): [epoch: number, top1: number][] {
  const epochs = [...new Set(runs.flatMap(({ curve }) => curve.map(({ epoch }) => epoch)))].sort(
    (a, b) => a - b,
  );
  return epochs.map((epoch) => {
    const values = runs.flatMap(({ curve }) => curve.filter((point) => point.epoch === epoch));
    return [epoch, values.reduce((sum, { top1 }) => sum + top1, 0) / values.length];
  });
}

/**
 * For each arm but the control a chart of its validation accuracy beside the control's: means over the seeds that the arm has. All
 * charts have the same axis.
 */
export function accuracyCurves(
  results: readonly RunResult[],
  control: string,
): { arm: string; svg: string }[] {
  const arms = [...new Set(results.map(({ arm }) => arm))].filter((arm) => arm !== control);
  const values = results.flatMap(({ curve }) => curve.map(({ top1 }) => top1));
  const range = [Math.min(...values), Math.max(...values)] as const;
  return arms.flatMap((arm) => {
    const runs = results.filter((result) => result.arm === arm);
    const seeds = runs.map(({ seed }) => seed);
    const controls = results.filter((result) => result.arm === control && seeds.includes(result.seed));
    const series: Series[] = [
      { name: arm, points: meanCurve(runs) },
      { name: control, points: meanCurve(controls) },
    ];
    const svg = lineChart(series, { range });
    return svg ? [{ arm, svg }] : [];
  });
}
