import { invalid } from '../errors.js';
import { random } from '../random.js';
import { quantile, type BootstrapOptions } from '../metrics/index.js';
import type { Column } from './types.js';

/** Of fewer seeds alone an interval would be little more than their range, and look far too sure. */
const LEAST_SEEDS = 5;

/** A mean with its 95 % interval; both ends are null where too little could be drawn anew. */
export interface Interval {
  mean: number;
  low: number | null;
  high: number | null;
}

/** Value by value one column less another; null where one of them is. */
export function differences(one: Column, other: Column): Column {
  return one.map((value, index) => {
    const against = other[index] ?? null;
    return value === null || against === null ? null : value - against;
  });
}

/** The mean of what is not null; null of nothing. */
export function meanOf(values: Column): number | null {
  const known = values.filter((value) => value !== null);
  return known.length > 0 ? known.reduce((sum, value) => sum + value, 0) / known.length : null;
}

/** The standard deviation of a sample (over n − 1); null of fewer than two values. */
export function standardDeviation(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

/**
 * The mean over seeds and images with its 95 % bootstrap percentile interval. Each resample draws seeds, and images,
 * with replacement; every drawn seed is seen on the same drawn images, since in the sample too all seeds are measured
 * on the same images (the pigeonhole bootstrap for crossed factors). With one seed only the images are drawn anew.
 *
 * @param rows one a seed, all of one length: the differences of an arm to its control on each image (or one number a
 *   seed), null where not defined
 * @returns null where no value is defined; no interval for one number a seed with fewer than five seeds
 * @throws InvalidInput where the rows have different lengths
 * @see Owen (2007), "The Pigeonhole Bootstrap"
 */
export function crossedBootstrap(
  rows: readonly Column[],
  { resamples = 2000, seed = 0 }: BootstrapOptions = {},
): Interval | null {
  const images = rows[0]?.length ?? 0;
  if (rows.some((row) => row.length !== images)) {
    throw invalid(
      'rows',
      'one length',
      rows.map((row) => row.length),
    );
  }
  const mean = meanOf(rows.flat());
  if (mean === null) return null;
  if (images === 1 && rows.length < LEAST_SEEDS) return { mean, low: null, high: null };
  const values = rows.map((row) => Float64Array.from(row, (value) => value ?? 0));
  const known = rows.map((row) => Uint8Array.from(row, (value) => (value === null ? 0 : 1)));
  const next = random(seed);
  const counts = new Uint32Array(images);
  const drawn = Float64Array.from({ length: resamples }, () => {
    const seeds = rows.map(() => Math.floor(next() * rows.length));
    counts.fill(0);
    for (let draw = 0; draw < images; draw++) counts[Math.floor(next() * images)]!++;
    let [sum, weight] = [0, 0];
    for (const row of seeds) {
      const [rowValues, rowKnown] = [values[row]!, known[row]!];
      for (let image = 0; image < images; image++) {
        sum += counts[image]! * rowValues[image]!;
        weight += counts[image]! * rowKnown[image]!;
      }
    }
    return weight > 0 ? sum / weight : NaN;
  })
    .filter(Number.isFinite)
    .sort();
  if (drawn.length === 0) return { mean, low: null, high: null };
  return { mean, low: quantile(drawn, 0.025), high: quantile(drawn, 0.975) };
}
