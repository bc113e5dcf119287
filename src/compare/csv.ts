import { csvLines } from '../text/csv.js';
import type { RunResult } from './types.js';
import { PLAIN } from './plan/choose-arms.js';
import { figuresOf } from './statistics/figures.js';

/**
 * Every figure of every run as a CSV file, one line a run, with all digits; empty where a figure is not defined.
 * Accuracies are shares from 0 to 1.
 */
export function resultsCsv(results: readonly RunResult[], control: string = PLAIN): string {
  const figures = figuresOf(results);
  const controls = new Map(
    results.filter(({ arm }) => arm === control).map((result) => [result.seed, result]),
  );
  const head = ['arm', 'seed', 'steps', ...Object.keys(figures)];
  const lines = results.map((result) => [
    result.arm,
    String(result.seed),
    String(result.steps),
    ...Object.values(figures).map(({ of }) => String(of(result, controls.get(result.seed)) ?? '')),
  ]);
  return csvLines([head, ...lines]);
}
