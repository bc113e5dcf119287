import type { Classifier, Preprocessing } from '../classifier/index.js';
import { networkInput } from '../network-input.js';

/** How an image becomes the `pixel_values` of an exported network: always red, green, blue. */
export interface PixelValues {
  /** Shorter side after resizing, pixels. */
  resize: number;
  /** What is then cut out of the middle: height and width, pixels. */
  crop: [height: number, width: number];
  interpolation: Preprocessing['interpolation'];
  /** pixel_values = (pixel · scale − mean) / std, pixel in 0..255. */
  scale: number;
  mean: number[];
  std: number[];
}

/**
 * The preprocessing of a network in the terms of its export: a network of blue, green, red gets red first, and one of a
 * gray channel three, because the exported network puts them in order itself.
 *
 * @returns undefined for a network of neither 3 channels nor 1
 */
export function pixelValuesOf({ inputShape }: Classifier, given: Preprocessing): PixelValues | undefined {
  const channels = inputShape[2];
  if (channels !== 3 && channels !== 1) return undefined;
  const { preprocessing, size } = networkInput({ inputShape }, given);
  const { resize, interpolation, scale } = preprocessing;
  const inOrder = (list: readonly number[]): number[] => {
    if (channels === 1) return list.map(() => list.reduce((sum, value) => sum + value, 0) / list.length);
    return preprocessing.channels === 'BGR' ? [...list].reverse() : [...list];
  };
  const [mean, std] = [inOrder(preprocessing.mean), inOrder(preprocessing.std)];
  return { resize, crop: size, interpolation, scale, mean, std };
}
