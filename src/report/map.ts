import { invalid } from '../errors.js';

/** A map of one image on the host: [height, width] in row-major order. */
export interface HostMap {
  values: Float32Array;
  width: number;
  height: number;
}

/**
 * Min-max to [0, 1]; a constant map becomes all 0.
 *
 * @param values any finite numbers
 * @throws when a value is not finite
 */
export function unitRange(values: Float32Array): Float32Array {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) throw invalid('map', 'finite values', value);
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const range = high - low;
  return range > 0 ? values.map((value) => (value - low) / range) : new Float32Array(values.length);
}

/** Bilinear resizing with half-pixel centers, as the stage itself upsamples its masks; edges are repeated. */
export function resizeBilinear(map: HostMap, width: number, height: number): HostMap {
  const across = taps(map.width, width);
  const down = taps(map.height, height);
  const values = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const { first: top, second: bottom, share: sinking } = down[y]!;
    for (let x = 0; x < width; x++) {
      const { first: left, second: right, share } = across[x]!;
      const at = (row: number) =>
        map.values[row * map.width + left]! * (1 - share) + map.values[row * map.width + right]! * share;
      values[y * width + x] = at(top) * (1 - sinking) + at(bottom) * sinking;
    }
  }
  return { values, width, height };
}

/** For each of `to` positions the two of `from` that it lies between, and how far it is towards the second. */
function taps(from: number, to: number): { first: number; second: number; share: number }[] {
  return Array.from({ length: to }, (_, position) => {
    const center = Math.min(from - 1, Math.max(0, ((position + 0.5) * from) / to - 0.5));
    const first = Math.floor(center);
    return { first, second: Math.min(from - 1, first + 1), share: center - first };
  });
}
