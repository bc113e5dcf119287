import { wholePixels, type Rectangle } from './boxes.js';
import { finite, sameLength } from './finite.js';

/** A pixel of a map. */
export interface Pixel {
  x: number;
  y: number;
}

/**
 * The most salient pixel, the first in row-major order where several are; a constant map has none.
 *
 * @param map [height, width] in row-major order, finite
 */
export function mostSalientPixel(map: Float32Array, width: number): Pixel | undefined {
  finite('map', map);
  let best = 0;
  let lowest = map[0]!;
  map.forEach((value, index) => {
    if (value > map[best]!) best = index;
    if (value < lowest) lowest = value;
  });
  if (map[best] === lowest) return undefined;
  return { x: best % width, y: Math.floor(best / width) };
}

/**
 * The pointing game for one map: whether its most salient pixel is in one of the boxes, or nearer than `tolerance` to
 * a pixel of one. No pixel (a constant map) is a miss.
 *
 * @param tolerance Euclidean distance in pixels that does not count any more: 0 asks for a pixel inside (the paper),
 *   15 is Zhang et al.'s and TorchRay's
 * @see Zhang et al. (2018), "Top-down Neural Attention by Excitation Backprop"
 */
export function hits(pixel: Pixel | undefined, boxes: readonly Rectangle[], tolerance = 0): boolean {
  if (!pixel) return false;
  return boxes.some((box) => {
    const distance = distanceTo(box, pixel);
    return distance === 0 || distance < tolerance;
  });
}

/** From a pixel to the nearest pixel of a box. */
function distanceTo(box: Rectangle, { x, y }: Pixel): number {
  const { left, top, right, bottom } = wholePixels(box);
  return Math.hypot(Math.max(left - x, 0, x - (right - 1)), Math.max(top - y, 0, y - (bottom - 1)));
}

/**
 * The share of a map's sum that lies inside a mask (energy-based pointing game).
 *
 * @param map in [0, 1] after min-max: finite, not negative
 * @param mask 1 inside, 0 outside, same length
 * @returns in [0, 1]; null for a map of zeros
 * @see Wang et al. (2020), "Score-CAM: Score-Weighted Visual Explanations for Convolutional Neural Networks"
 */
export function energyInside(map: Float32Array, mask: Uint8Array): number | null {
  finite('map', map);
  sameLength('map and mask', map, mask);
  let [inside, all] = [0, 0];
  map.forEach((value, index) => {
    all += value;
    if (mask[index]) inside += value;
  });
  return all > 0 ? inside / all : null;
}
