import type { RgbImage } from './rgb-image.js';

/** From a place of the result to one of the image: x' = a·x + b·y + c, y' = d·x + e·y + f; places are middles of pixels. */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** Each row moves by `amount` times its distance from the top. */
export function shearX(amount: number): Affine {
  return [1, amount, 0, 0, 1, 0];
}

/** Each column moves by `amount` times its distance from the left. */
export function shearY(amount: number): Affine {
  return [1, 0, 0, amount, 1, 0];
}

/** Moves to the right and downward, pixels. */
export function translation(x: number, y: number): Affine {
  return [1, 0, -x, 0, 1, -y];
}

/** Turns counterclockwise about the middle. */
export function rotation(degrees: number, { width, height }: Pick<RgbImage, 'width' | 'height'>): Affine {
  const angle = (-degrees * Math.PI) / 180;
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  const [x, y] = [width / 2, height / 2];
  return [cosine, sine, x - cosine * x - sine * y, -sine, cosine, y + sine * x - cosine * y];
}

/**
 * Where each pixel comes from: the one whose square the place falls into; black where that is outside. In 16 bits behind
 * the point, as Pillow's transform with NEAREST.
 *
 * @returns pixels of an image of the same size
 */
export function transform({ pixels, width, height }: RgbImage, [a, b, c, d, e, f]: Affine): Uint8Array {
  const out = new Uint8Array(pixels.length);
  const [across, down] = [
    [fixed(a), fixed(d)],
    [fixed(b), fixed(e)],
  ] as const;
  const start = [fixed(c + a / 2 + b / 2), fixed(f + d / 2 + e / 2)] as const;
  let to = 0;
  for (let y = 0; y < height; y++) {
    let column = start[0] + y * down[0];
    let row = start[1] + y * down[1];
    for (let x = 0; x < width; x++, to += 3, column += across[0], row += across[1]) {
      const [left, top] = [column >> 16, row >> 16];
      if (left < 0 || left >= width || top < 0 || top >= height) continue;
      const from = 3 * (top * width + left);
      out[to] = pixels[from]!;
      out[to + 1] = pixels[from + 1]!;
      out[to + 2] = pixels[from + 2]!;
    }
  }
  return out;
}

function fixed(value: number): number {
  return Math.floor(value * 65536 + 0.5);
}
