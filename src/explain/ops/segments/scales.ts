import { invalid } from '../../../errors.js';
import { resizeCubic } from './cubic.js';
import { felzenszwalb, type FelzenszwalbOptions } from './felzenszwalb.js';

export interface ScalesOptions extends FelzenszwalbOptions {
  /** Side to which the image is brought for the segmentation, pixels; null: as it is. */
  side: number | null;
}

/**
 * The segments of an image at several scales, as XRAI wants them: values min-max scaled to [−1, 1], the image brought
 * to a square by a cubic spline and the labels back by nearest neighbor.
 *
 * @param image [height, width, channels] in row-major order
 * @returns for each scale labels 0, 1, … [height · width], each of them on at least one pixel
 * @throws InvalidInput when an option is out of its range
 */
export function segmentsOfScales(
  image: Float64Array,
  shape: [number, number, number],
  { side, ...options }: ScalesOptions,
): Int32Array[] {
  const { scales, minSize } = options;
  if (!(scales.length > 0 && scales.every((scale) => scale > 0)))
    throw invalid('scales', 'numbers above 0', scales);
  if (!(minSize >= 0)) throw invalid('minSize', 'a number, 0 or more', minSize);
  if (side !== null && !(Number.isInteger(side) && side > 1)) {
    throw invalid('segmentationSize', 'an integer, 2 or more, or null', side);
  }
  const [height, width, channels] = shape;
  let [low, high] = [Infinity, -Infinity];
  for (const value of image) [low, high] = [Math.min(low, value), Math.max(high, value)];
  // An image of one color is one segment, whatever its values are.
  const range = high > low ? high - low : 1;
  const scaled = image.map((value) => ((value - low) / range) * 2 - 1);
  if (side === null || (height === side && width === side)) return felzenszwalb(scaled, shape, options);
  const labels = felzenszwalb(resizeCubic(scaled, shape, [side, side]), [side, side, channels], options);
  return labels.map((one) => renumbered(nearest(one, side, [height, width])));
}

/** A square label map brought to another size. */
function nearest(labels: Int32Array, side: number, [height, width]: [number, number]): Int32Array {
  const place = (index: number, length: number) =>
    Math.min(side - 1, Math.floor(((index + 0.5) * side) / length));
  return Int32Array.from({ length: height * width }, (_, pixel) => {
    const [y, x] = [Math.floor(pixel / width), pixel % width];
    return labels[place(y, height) * side + place(x, width)]!;
  });
}

/** The same labels without those that no pixel has any more, in their order. */
function renumbered(labels: Int32Array): Int32Array {
  const numbers = new Map([...new Set(labels)].sort((a, b) => a - b).map((label, index) => [label, index]));
  return labels.map((label) => numbers.get(label)!);
}
