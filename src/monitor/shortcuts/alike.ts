import { binomial } from './give.js';

/** Fine structure of an image: its colors without what is smooth, [size, size, 3]. */
export function structureOf(image: Uint8Array, size: number): Float32Array {
  const out = new Float32Array(image.length);
  for (let channel = 0; channel < 3; channel++) {
    const plane = Float32Array.from({ length: size * size }, (_, pixel) => image[3 * pixel + channel]!);
    const smooth = binomial(binomial(plane, size, 1), size, 2);
    plane.forEach((value, pixel) => (out[3 * pixel + channel] = value - smooth[pixel]!));
  }
  return out;
}

/** A rectangle of an image's structure, pixels. */
export interface Patch {
  structure: Float32Array;
  size: number;
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Gray levels below which a part counts as empty. */
const FAINT = 2;

/**
 * How alike two patches of the same size are, whatever their places: the highest correlation of the one with the
 * other moved by up to `reach` pixels, in [−1, 1]; 0 where one is empty.
 */
export function likeness(a: Patch, b: Patch, reach: number): number {
  const own = cut(a, a.left, a.top, a.width, a.height);
  const deviation = center(own);
  if (deviation < FAINT) return 0;
  let best = 0;
  for (let down = -reach; down <= reach; down++)
    for (let across = -reach; across <= reach; across++) {
      const [left, top] = [b.left + across, b.top + down];
      if (left < 0 || top < 0 || left + a.width > b.size || top + a.height > b.size) continue;
      const other = cut(b, left, top, a.width, a.height);
      const its = center(other);
      if (its < FAINT) continue;
      let sum = 0;
      for (let at = 0; at < own.length; at++) sum += own[at]! * other[at]!;
      best = Math.max(best, sum / (own.length * deviation * its));
    }
  return best;
}

function cut({ structure, size }: Patch, left: number, top: number, width: number, height: number): Float32Array {
  const out = new Float32Array(3 * width * height);
  for (let row = 0; row < height; row++) {
    const from = 3 * ((top + row) * size + left);
    out.set(structure.subarray(from, from + 3 * width), 3 * row * width);
  }
  return out;
}

/** Subtracts the mean in place; returns the deviation. */
function center(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  for (let at = 0; at < values.length; at++) {
    values[at]! -= mean;
    squares += values[at]! ** 2;
  }
  return Math.sqrt(squares / values.length);
}
