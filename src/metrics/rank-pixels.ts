import { finite } from './finite.js';

/**
 * The pixels of a map from the most salient to the least. Equal values keep their row-major order.
 *
 * @param map finite values, any shape in row-major order
 * @returns indices into the map, a permutation
 * @throws InvalidInput where a value is not finite
 */
export function rankPixels(map: Float32Array): Int32Array {
  finite('map', map);
  return Int32Array.from(map, (_, index) => index).sort((a, b) => map[b]! - map[a]! || a - b);
}

/**
 * At which place of an order each pixel comes: the inverse of the permutation.
 *
 * @param order a permutation of 0..length-1
 * @returns places from 0, same length
 */
export function placesOf(order: Int32Array): Int32Array {
  const places = new Int32Array(order.length);
  order.forEach((pixel, place) => (places[pixel] = place));
  return places;
}
