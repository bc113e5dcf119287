import type { Crop } from '../data/index.js';
import { invalid, phrase } from '../errors.js';

/** A rectangle in pixels, [left, right) × [top, bottom): half open, may be fractional. */
export interface Rectangle {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/**
 * A rectangle of an image as it lies in a view of that image, cut at the view's edges.
 *
 * @param size width and height of the view, pixels
 * @returns undefined where nothing of it is in the view
 */
export function inView(
  { left, top, right, bottom }: Rectangle,
  crop: Crop,
  size: { width: number; height: number },
): Rectangle | undefined {
  const across = (x: number) => ((x - crop.left) / crop.width) * size.width;
  const down = (y: number) => ((y - crop.top) / crop.height) * size.height;
  const [near, far] = crop.flipped
    ? [size.width - across(right), size.width - across(left)]
    : [across(left), across(right)];
  const seen = {
    left: Math.max(0, near),
    top: Math.max(0, down(top)),
    right: Math.min(size.width, far),
    bottom: Math.min(size.height, down(bottom)),
  };
  return seen.right > seen.left && seen.bottom > seen.top ? seen : undefined;
}

/**
 * The whole pixels of a rectangle: those whose center lies inside, and one at least in each direction, so that an
 * object thinner than a pixel of the map does not vanish.
 */
export function wholePixels({ left, top, right, bottom }: Rectangle): Rectangle {
  const [x, y] = [Math.ceil(left - 0.5), Math.ceil(top - 0.5)];
  return {
    left: x,
    top: y,
    right: Math.max(x + 1, Math.ceil(right - 0.5)),
    bottom: Math.max(y + 1, Math.ceil(bottom - 0.5)),
  };
}

/**
 * The union of rectangles as a mask.
 *
 * @returns [height, width] in row-major order, 1 inside, 0 outside
 * @throws InvalidInput where the size is not a whole number of pixels above 0
 */
export function rectanglesMask(rectangles: readonly Rectangle[], width: number, height: number): Uint8Array {
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0)) {
    throw invalid('size', 'a width and a height of at least 1 pixel', phrase(`${width} × ${height}`));
  }
  const mask = new Uint8Array(width * height);
  for (const { left, top, right, bottom } of rectangles.map(wholePixels)) {
    const [first, end] = [Math.max(0, left), Math.min(width, right)];
    if (end <= first) continue;
    for (let y = Math.max(0, top); y < Math.min(height, bottom); y++) {
      mask.fill(1, y * width + first, y * width + end);
    }
  }
  return mask;
}
