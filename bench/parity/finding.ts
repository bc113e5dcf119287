/** How far one number or array of ours is from the golden one. */
export interface Finding {
  /** The method or metric, and which of its quantities: 'grad-cam · norm'. */
  what: string;
  /** The case it was found in. */
  where: string;
  /** Largest absolute difference (of unnormalized arrays, see `scaledDifference`); Infinity where shapes differ or a value is not a number. */
  difference: number;
  /** The most that passes. */
  limit: number;
}

/** Something in the folder that no check covers. Makes the run fail: what is not looked at is not passed. */
export interface Uncovered {
  uncovered: string;
  reason: string;
}

/** The largest absolute difference of two lists; Infinity where lengths differ or a difference is not a number. */
export function difference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) return Infinity;
  let largest = 0;
  for (let index = 0; index < found.length; index++) {
    const apart = Math.abs(found[index]! - expected[index]!);
    if (Number.isNaN(apart)) return Infinity;
    largest = Math.max(largest, apart);
  }
  return largest;
}

/** The same in units of the largest expected value where that is above 1: raw maps have the size that a network gives. */
export function scaledDifference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  let largest = 1;
  for (let index = 0; index < expected.length; index++)
    largest = Math.max(largest, Math.abs(expected[index]!));
  return difference(found, expected) / largest;
}
