import { finite, sameLength } from './finite.js';

/**
 * The binary mask of a map: 1 where it is above its own mean. A constant map gives an empty mask.
 *
 * @param map finite values
 */
export function aboveMean(map: Float32Array): Uint8Array {
  finite('map', map);
  const mean = map.reduce((sum, value) => sum + value, 0) / map.length;
  return Uint8Array.from(map, (value) => (value > mean ? 1 : 0));
}

/**
 * Intersection over union of two binary masks; null where both are empty.
 *
 * @param one 0 or 1
 * @param other same length
 * @returns in [0, 1]
 */
export function maskIoU(one: Uint8Array, other: Uint8Array): number | null {
  sameLength('masks', one, other);
  let [both, either] = [0, 0];
  one.forEach((value, index) => {
    if (value && other[index]) both++;
    if (value || other[index]) either++;
  });
  return either > 0 ? both / either : null;
}
