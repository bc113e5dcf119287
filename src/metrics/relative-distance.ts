import { finite, sameLength } from './finite.js';

/**
 * ‖other − one‖ / ‖one‖, Euclidean: how far a map is from another, relative to that one's size.
 *
 * @param one finite values
 * @param other same length
 * @returns 0 or more; null where one is 0 everywhere
 */
export function relativeDistance(one: Float32Array, other: Float32Array): number | null {
  sameLength('maps', finite('map', one), finite('map', other));
  let [distance, size] = [0, 0];
  one.forEach((value, index) => {
    distance += (other[index]! - value) ** 2;
    size += value * value;
  });
  return size > 0 ? Math.sqrt(distance / size) : null;
}
