import { invalid } from '../errors.js';
import { random } from '../random.js';

/** A figure with its 95 % interval. */
export interface Estimate {
  mean: number;
  low: number;
  high: number;
  /** Over how many items, where the figure is not defined on all of them. */
  n?: number;
}

export interface BootstrapOptions {
  /** Samples drawn with replacement. Default 2000. */
  resamples?: number;
  /** Default 0. */
  seed?: number;
}

/**
 * A statistic of a sample with its 95 % bootstrap percentile interval (linear interpolation between order statistics).
 *
 * @param items the sample: what was drawn independently, so images, not pixels
 * @param statistic of items, in the order drawn; NaN where it is not defined for a draw, which then is left out
 * @returns null where there is no item, or the statistic of all items is not defined. One item is its own interval.
 * @see Efron (1979), "Bootstrap Methods: Another Look at the Jackknife"
 */
export function bootstrap<T>(
  items: readonly T[],
  statistic: (drawn: readonly T[]) => number,
  { resamples = 2000, seed = 0 }: BootstrapOptions = {},
): Estimate | null {
  if (!(Number.isInteger(resamples) && resamples > 0))
    throw invalid('resamples', 'an integer, 1 or more', resamples);
  const mean = items.length > 0 ? statistic(items) : NaN;
  if (!Number.isFinite(mean)) return null;
  const next = random(seed);
  const drawn = Float64Array.from({ length: resamples }, () =>
    statistic(items.map(() => items[Math.floor(next() * items.length)]!)),
  )
    .filter(Number.isFinite)
    .sort();
  return drawn.length === 0
    ? { mean, low: mean, high: mean }
    : { mean, low: quantile(drawn, 0.025), high: quantile(drawn, 0.975) };
}

/** The mean of numbers with its interval; null where there are none. */
export function meanEstimate(values: readonly number[], options?: BootstrapOptions): Estimate | null {
  return bootstrap(values, mean, options);
}

/** The mean of numbers, NaN of none. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * A quantile with linear interpolation between order statistics.
 *
 * @param sorted ascending, at least one value
 * @param share 0 to 1
 */
export function quantile(sorted: Float64Array, share: number): number {
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const lower = sorted[below]!;
  return lower + (sorted[Math.min(below + 1, sorted.length - 1)]! - lower) * (position - below);
}
