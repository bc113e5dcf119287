import { centerGaussian } from '../../explain/index.js';
import type { MapSource } from './types.js';

/**
 * A control: a Gaussian in the middle, a quarter of each side wide, the same for every image. Cut at its mean it keeps
 * an ellipse of 40 % of the image; `threshold` makes it larger or smaller.
 */
export const centerSource: MapSource = {
  summary: 'the center of every image',
  queries: () => 0,
  passes: () => 0,
  fromNetwork: false,
  find: ({ images }) => ({ map: centerGaussian(null, images).raw }),
};
