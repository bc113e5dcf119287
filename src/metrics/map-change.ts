import { unitRange } from '../report/index.js';
import { invalid } from '../errors.js';

/** How one map differs from another of the same image. */
export interface MapChange {
  /** Intersection over union of the binary masks (map > its mean), in [0, 1]. */
  iou: number;
  /** Correlation of the values, in [−1, 1]. */
  pearson: number;
  /** Correlation of the ranks, in [−1, 1]. */
  spearman: number;
  /** Mean absolute difference of the maps after min-max, in [0, 1]. */
  meanAbsoluteDifference: number;
}

/**
 * How a map changed.
 *
 * @param before raw map, any finite values, any shape in row-major order
 * @param after raw map of the same length
 * @throws when lengths differ, a map is empty or holds a value that is not finite
 */
export function mapChange(before: Float32Array, after: Float32Array): MapChange {
  return {
    iou: iou(aboveMean(before), aboveMean(after)),
    pearson: pearson(before, after),
    spearman: spearman(before, after),
    meanAbsoluteDifference: meanAbsoluteDifference(unitRange(before), unitRange(after)),
  };
}

/** The mean of several changes, each measure by itself. */
export function meanChange(changes: readonly MapChange[]): MapChange {
  if (changes.length === 0) throw invalid('changes', 'at least one', changes);
  const mean = (key: keyof MapChange) =>
    changes.reduce((sum, change) => sum + change[key], 0) / changes.length;
  return {
    iou: mean('iou'),
    pearson: mean('pearson'),
    spearman: mean('spearman'),
    meanAbsoluteDifference: mean('meanAbsoluteDifference'),
  };
}

/** The stage's binary mask: 1 where a map is above its mean. A constant map gives an empty mask. */
export function aboveMean(map: Float32Array): Uint8Array {
  const mean = map.reduce((sum, value) => sum + value, 0) / map.length;
  return Uint8Array.from(map, (value) => (value > mean ? 1 : 0));
}

/** Intersection over union of two binary masks; two empty masks are equal: 1. */
export function iou(one: Uint8Array, other: Uint8Array): number {
  checkPair(one, other);
  let both = 0;
  let either = 0;
  for (let at = 0; at < one.length; at++) {
    if (one[at] && other[at]) both++;
    if (one[at] || other[at]) either++;
  }
  return either === 0 ? 1 : both / either;
}

/** Pearson's correlation. Two constant maps count as 1 (nothing changed), one constant map and another as 0. */
export function pearson(one: Float32Array, other: Float32Array): number {
  checkPair(one, other);
  const oneOff = deviations(one);
  const otherOff = deviations(other);
  const oneSize = norm(oneOff);
  const otherSize = norm(otherOff);
  if (oneSize === 0 || otherSize === 0) return oneSize === otherSize ? 1 : 0;
  // Each divided by its size first, so that very small maps do not underflow.
  const sum = oneOff.reduce((total, value, at) => total + (value / oneSize) * (otherOff[at]! / otherSize), 0);
  return Math.min(1, Math.max(-1, sum));
}

/** Spearman's correlation: Pearson's of the ranks, equal values sharing their mean rank. Constant maps as there. */
export function spearman(one: Float32Array, other: Float32Array): number {
  checkPair(one, other);
  return pearson(ranks(one), ranks(other));
}

/** Mean of |one − other|. */
export function meanAbsoluteDifference(one: Float32Array, other: Float32Array): number {
  checkPair(one, other);
  return one.reduce((sum, value, at) => sum + Math.abs(value - other[at]!), 0) / one.length;
}

/** Ranks from 1; equal values share the mean of their ranks. */
export function ranks(values: Float32Array): Float32Array {
  const sorted = values.slice().sort();
  return values.map((value) => {
    const less = countUntil(sorted, (other) => other >= value);
    const notGreater = countUntil(sorted, (other) => other > value);
    return (less + 1 + notGreater) / 2;
  });
}

/** How many of the sorted values come before the first for which `reached` holds (binary search). */
function countUntil(sorted: Float32Array, reached: (value: number) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (reached(sorted[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function norm(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}

function deviations(values: Float32Array): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Float64Array.from(values, (value) => value - mean);
}

function checkPair(one: ArrayLike<number>, other: ArrayLike<number>): void {
  if (one.length === 0) throw invalid('map', 'at least one value', one.length);
  if (one.length !== other.length) throw invalid('maps', 'two of equal length', [one.length, other.length]);
  for (const values of [one, other]) {
    for (let at = 0; at < values.length; at++) {
      if (!Number.isFinite(values[at])) throw invalid('map', 'finite values', String(values[at]));
    }
  }
}
