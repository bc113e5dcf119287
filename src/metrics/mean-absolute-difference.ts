import { finite, sameLength } from './finite.js';

/**
 * The mean of |one − other|.
 *
 * @param one finite values
 * @param other same length
 * @throws InvalidInput where a value is not finite or the lengths differ
 */
export function meanAbsoluteDifference(one: Float32Array, other: Float32Array): number {
  sameLength('maps', one, other);
  finite('map', other);
  return finite('map', one).reduce((sum, value, at) => sum + Math.abs(value - other[at]!), 0) / one.length;
}
