import { finite, sameLength } from './finite.js';

/** Ranks from 1; equal values share the mean of their ranks. */
export function averageRanks(values: Float32Array | Float64Array): Float64Array {
  const order = Int32Array.from(values, (_, index) => index).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let place = start; place < end; place++) ranks[order[place]!] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}

/**
 * Spearman's rank correlation, with average ranks for equal values.
 *
 * @param one finite values, any shape in row-major order
 * @param other same length
 * @returns in [−1, 1]; null where one of them is constant
 * @throws InvalidInput where a value is not finite or the lengths differ
 */
export function spearman(
  one: Float32Array | Float64Array,
  other: Float32Array | Float64Array,
): number | null {
  sameLength('maps', one, other);
  return rankCorrelation(averageRanks(finite('map', one)), averageRanks(finite('map', other)));
}

/**
 * Spearman's correlation of what was ranked already.
 *
 * @param one from averageRanks, as `other`; same length
 * @returns in [−1, 1]; null where all ranks of one of them are equal
 */
export function rankCorrelation(one: Float64Array, other: Float64Array): number | null {
  const middle = (one.length + 1) / 2; // the mean of any ranks
  let [product, first, second] = [0, 0, 0];
  one.forEach((value, index) => {
    const [a, b] = [value - middle, other[index]! - middle];
    product += a * b;
    first += a * a;
    second += b * b;
  });
  if (first === 0 || second === 0) return null;
  return Math.min(1, Math.max(-1, product / Math.sqrt(first * second)));
}
