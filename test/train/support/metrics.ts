import { join } from 'node:path';
import { type MetricsLine, readMetrics } from '../../../src/log/index.js';

/** The lines of a run's metrics. */
export function linesOf(runFolder: string): MetricsLine[] {
  return readMetrics(join(runFolder, 'metrics.jsonl'));
}

const clocks = ['imagesPerSecond', 'mapSeconds', 'mapCost'];

/** The same without what is measured with a clock: what two runs of one recipe must share to the last digit. */
export function figuresOf(runFolder: string): object[] {
  return linesOf(runFolder).map((line) =>
    Object.fromEntries(Object.entries(line).filter(([key]) => !clocks.includes(key))),
  );
}
