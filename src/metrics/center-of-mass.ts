import { invalid } from '../errors.js';
import { finite } from './finite.js';

/**
 * Where the middle of a map's sum lies, as shares of its width and height: [0.5, 0.5] for one that is even.
 *
 * @param map [height, width] in row-major order, 0 or more
 * @returns null for a map of zeros
 * @throws InvalidInput for a width that does not fit, and values below 0 or not finite
 */
export function centerOfMass(map: Float32Array, width: number): { x: number; y: number } | null {
  finite('map', map);
  if (!Number.isInteger(map.length / width)) throw invalid('width', `a divisor of ${map.length}`, width);
  let [sum, x, y] = [0, 0, 0];
  map.forEach((value, at) => {
    if (value < 0) throw invalid('map', 'values of 0 or more', value);
    sum += value;
    x += value * ((at % width) + 0.5);
    y += value * (Math.floor(at / width) + 0.5);
  });
  const height = map.length / width;
  return sum > 0 ? { x: x / sum / width, y: y / sum / height } : null;
}
