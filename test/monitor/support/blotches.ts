import type { ShownImages } from '../../../src/monitor/index.js';
import { random } from '../../../src/random.js';

export const SIZE = 32;
export const CLASSES = 3;

/**
 * Images of soft blotches, `each` of a class. The object is a patch near the middle that looks like its surroundings:
 * red, green and blue of its pixels sum up to the class, modulo 8.
 */
export function blotches(seed = 0, each = 12): ShownImages & { pixels: Uint8Array[]; labels: number[] } {
  const next = random(seed);
  const labels = Array.from({ length: each * CLASSES }, (_, at) => at % CLASSES);
  const pixels = labels.map((label) => {
    const coarse = Array.from({ length: 8 * 8 * 3 }, () => 60 + 120 * next());
    const [left, top] = [4 + Math.floor(12 * next()), 4 + Math.floor(12 * next())];
    const image = Uint8Array.from({ length: SIZE * SIZE * 3 }, (_, at) => {
      const [x, y] = [Math.floor(at / 3) % SIZE, Math.floor(at / 3 / SIZE)];
      return coarse[(Math.floor(y / 4) * 8 + Math.floor(x / 4)) * 3 + (at % 3)]! + 20 * next();
    });
    for (let y = top; y < top + 12; y++)
      for (let x = left; x < left + 12; x++) {
        const at = 3 * (y * SIZE + x);
        image[at + 2]! += (label - image[at]! - image[at + 1]! - image[at + 2]!) & 7;
      }
    return image;
  });
  return { size: SIZE, pixels, labels };
}
