import { invalid } from '../../errors.js';
import { random } from '../../random.js';
import { quantile, studentQuantile, studentTwoSided, type BootstrapOptions } from '../../metrics/index.js';
import type { Column } from '../types.js';

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
 * @param options.nested each row has images of its own (draws of the data): every drawn row draws anew among its own.
 *   Rows may differ in length, and count alike
 * @returns null where no value is defined; no interval for one number a seed with fewer than five seeds
 * @throws InvalidInput where the rows have different lengths and are not nested
 * @see Owen (2007), "The Pigeonhole Bootstrap"
 */
export function crossedBootstrap(
  rows: readonly Column[],
  { resamples = 2000, seed = 0, nested = false }: BootstrapOptions & { nested?: boolean } = {},
): Interval | null {
  const images = Math.max(0, ...rows.map((row) => row.length));
  if (!nested && rows.some((row) => row.length !== images)) {
    throw invalid(
      'rows',
      'one length',
      rows.map((row) => row.length),
    );
  }
  const mean = nested ? meanOf(rows.map(meanOf)) : meanOf(rows.flat());
  if (mean === null) return null;
  if (images === 1 && rows.length < LEAST_SEEDS) return { mean, low: null, high: null };
  const values = rows.map((row) => Float64Array.from(row, (value) => value ?? 0));
  const known = rows.map((row) => Uint8Array.from(row, (value) => (value === null ? 0 : 1)));
  const next = random(seed);
  const counts = new Uint32Array(images);
  const drawn = Float64Array.from({ length: resamples }, () => {
    const seeds = rows.map(() => Math.floor(next() * rows.length));
    const drawImages = (length: number): void => {
      counts.fill(0);
      for (let draw = 0; draw < length; draw++) counts[Math.floor(next() * length)]!++;
    };
    if (!nested) drawImages(images);
    let [sum, weight] = [0, 0];
    for (const row of seeds) {
      const [rowValues, rowKnown] = [values[row]!, known[row]!];
      if (nested) drawImages(rowValues.length);
      let [rowSum, rowWeight] = [0, 0];
      for (let image = 0; image < rowValues.length; image++) {
        rowSum += counts[image]! * rowValues[image]!;
        rowWeight += counts[image]! * rowKnown[image]!;
      }
      // Draws count alike, however many images they have.
      const share = nested ? rowWeight : 1;
      if (share === 0) continue;
      sum += rowSum / share;
      weight += rowWeight / share;
    }
    return weight > 0 ? sum / weight : NaN;
  })
    .filter(Number.isFinite)
    .sort();
  if (drawn.length === 0) return { mean, low: null, high: null };
  return { mean, low: quantile(drawn, 0.025), high: quantile(drawn, 0.975) };
}

/** Half the width of Student's 95 % interval of a mean over `units`, 2 or more, whose standard deviation is `sd`. */
export function studentHalfWidth(sd: number, units: number): number {
  return (studentQuantile(0.95, units - 1) * sd) / Math.sqrt(units);
}

/** A mean over few units with Student's interval, and the p value of its being 0. */
export interface StudentInterval {
  low: number;
  high: number;
  /** Two-sided. */
  p: number;
}

/**
 * Student's 95 % interval of the mean of paired differences, one a unit (seed or draw). Unlike the bootstrap it knows
 * that a few units may lie together by chance.
 *
 * @returns null of fewer than two units. Units that all agree have an interval without width, and p 0 (1 where all are 0).
 */
export function studentInterval(values: Column): StudentInterval | null {
  const known = values.filter((value) => value !== null);
  const sd = standardDeviation(known);
  if (sd === null) return null;
  const mean = meanOf(known)!;
  const error = sd / Math.sqrt(known.length);
  const half = studentHalfWidth(sd, known.length);
  const p = error === 0 ? Number(mean === 0) : studentTwoSided(mean / error, known.length - 1);
  return { low: mean - half, high: mean + half, p };
}

/** Most units that are counted up to. */
const MOST_UNITS = 10_000;

/**
 * How many units Student's 95 % interval needs to be as narrow as asked.
 *
 * @param sd standard deviation of the differences over units
 * @param halfWidth above 0, in the same measure
 * @returns 2 at least; null where it is more than 10,000
 */
export function unitsNeeded(sd: number, halfWidth: number): number | null {
  if (!(halfWidth > 0)) throw invalid('halfWidth', 'a number above 0', halfWidth);
  const isEnough = (units: number): boolean => studentHalfWidth(sd, units) <= halfWidth;
  if (!isEnough(MOST_UNITS)) return null;
  // More units are always narrower.
  let [tooFew, enough] = [1, MOST_UNITS];
  while (enough - tooFew > 1) {
    const middle = Math.floor((tooFew + enough) / 2);
    if (isEnough(middle)) enough = middle;
    else tooFew = middle;
  }
  return enough;
}
