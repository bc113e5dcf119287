import { binomial } from './transfer.js';

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

/** An image made smaller by a whole factor: means of squares of pixels. What is left over at the far edges is cut off. */
export function shrunk(image: Uint8Array, size: number, factor: number): Uint8Array {
  if (factor === 1) return image;
  const side = Math.floor(size / factor);
  return Uint8Array.from({ length: side * side * 3 }, (_, at) => {
    const [channel, x, y] = [at % 3, Math.floor(at / 3) % side, Math.floor(at / 3 / side)];
    let sum = 0;
    for (let row = 0; row < factor; row++)
      for (let column = 0; column < factor; column++)
        sum += image[3 * ((y * factor + row) * size + x * factor + column) + channel]!;
    return Math.round(sum / factor ** 2);
  });
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
      let [sum, squares, product] = [0, 0, 0];
      for (let row = 0; row < a.height; row++) {
        const from = 3 * ((top + row) * b.size + left);
        const ownFrom = 3 * row * a.width;
        for (let at = 0; at < 3 * a.width; at++) {
          const value = b.structure[from + at]!;
          sum += value;
          squares += value * value;
          product += value * own[ownFrom + at]!;
        }
      }
      const its = Math.sqrt(Math.max(0, squares / own.length - (sum / own.length) ** 2));
      // The own values have mean 0: the other's mean does not matter in the product.
      if (its >= FAINT) best = Math.max(best, product / (own.length * deviation * its));
    }
  return best;
}

function cut(
  { structure, size }: Patch,
  left: number,
  top: number,
  width: number,
  height: number,
): Float32Array {
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
