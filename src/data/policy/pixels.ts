import { toward } from './levels.js';
import { grayOf, type RgbImage } from './rgb-image.js';

/** Multiplies the distance of every pixel from its gray. */
export function color({ pixels }: RgbImage, factor: number): Uint8Array {
  const out = new Uint8Array(pixels.length);
  for (let at = 0; at < pixels.length; at += 3) {
    const gray = grayOf(pixels, at);
    for (let channel = at; channel < at + 3; channel++)
      out[channel] = toward(gray, pixels[channel]!, factor);
  }
  return out;
}

/** Multiplies the distance of every pixel from the mean of its surroundings; the outermost pixels stay. */
export function sharpness({ pixels, width, height }: RgbImage, factor: number): Uint8Array {
  const out = pixels.slice();
  const row = 3 * width;
  for (let y = 1; y < height - 1; y++) {
    for (let at = y * row + 3; at < (y + 1) * row - 3; at++) {
      const [above, below] = [at - row, at + row];
      const around =
        pixels[above - 3]! + pixels[above]! + pixels[above + 3]! + pixels[at - 3]! + pixels[at + 3]! + pixels[below - 3]! + pixels[below]! + pixels[below + 3]!; // prettier-ignore
      out[at] = toward(Math.round((around + 5 * pixels[at]!) / 13), pixels[at]!, factor);
    }
  }
  return out;
}
