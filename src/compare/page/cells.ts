import type { Figure, FigureSummary } from '../index.js';
import { clockTime } from '../../text/format.js';

/** Stands where a figure is not defined. */
export const NONE = '–';

/** A mean with the scatter of the seeds: 83.2 ± 0.8. */
export function meanCell({ mean, sd }: FigureSummary, unit: Figure['unit']): string {
  if (mean === null) return NONE;
  if (unit === 'seconds') return clockTime(mean);
  return sd === null ? digits(mean, unit) : `${digits(mean, unit)} ± ${digits(sd, unit)}`;
}

/** A paired difference with its interval: −0.4 [−1.2, +0.3]. */
export function differenceCell({ difference }: FigureSummary, unit: Figure['unit']): string {
  if (!difference) return NONE;
  const { mean, low, high } = difference;
  const interval = low === null || high === null ? '' : ` [${signed(low, unit)}, ${signed(high, unit)}]`;
  return signed(mean, unit) + interval;
}

/** Student's interval of a difference, on demand with the mean before it: [−1.2, +0.3]. */
export function studentCell({ difference }: FigureSummary, unit: Figure['unit'], withMean = false): string {
  if (!difference?.student) return NONE;
  const { low, high } = difference.student;
  const interval = `[${signed(low, unit)}, ${signed(high, unit)}]`;
  return withMean ? `${signed(difference.mean, unit)} ${interval}` : interval;
}

/** Student's p value after Holm's correction. */
export function holmCell({ difference }: FigureSummary): string {
  const p = difference?.holm ?? null;
  if (p === null) return NONE;
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}

/** The difference of each seed: +0.5, −1.8, +1.6. */
export function seedsCell({ difference }: FigureSummary, unit: Figure['unit']): string {
  if (!difference) return NONE;
  return difference.bySeed.map((value) => (value === null ? NONE : signed(value, unit))).join(', ');
}

/**
 * What a figure allows to say, where higher is better; of one seed nothing. A difference is shown where both intervals
 * leave out 0 and Holm's p value is below 0.05.
 */
export function verdict({ difference }: FigureSummary): string {
  if (!difference || difference.low === null || difference.high === null) return NONE;
  const { student, holm } = difference;
  if (!student) return 'open: one seed';
  const above = difference.low > 0 && student.low > 0;
  const below = difference.high < 0 && student.high < 0;
  if (!above && !below) return 'no difference shown';
  if (holm !== null && holm >= 0.05) return 'open: not after correction';
  return above ? 'better' : 'worse';
}

/** A number with its sign, always: the minus is a real one, and 0 has none. */
export function signed(value: number, unit: Figure['unit']): string {
  const text = digits(Math.abs(value), unit);
  if (Number(text) === 0) return text;
  return `${value < 0 ? '−' : '+'}${text}`;
}

/** Shares in per cent with one digit, everything else with what can be read; the minus is a real one. */
export function digits(value: number, unit: Figure['unit']): string {
  const shown = unit === 'share' ? 100 * value : value;
  const places = unit === 'number' ? 3 : unit !== 'share' && value >= 100 ? 0 : 1;
  return shown.toFixed(places).replace('-', '−');
}
