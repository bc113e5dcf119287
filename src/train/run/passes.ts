import { views } from '../../monitor/index.js';
import type { Recipe } from '../recipe/index.js';

/** Backward pass and update in units of a forward pass, measured on ResNet-50. */
export const BACKWARD = 2.5;

/** Least number of images that say anything. */
const LEAST = 8;
const MOST = 256;
/** Of an epoch, in passes; what the host does with the maps comes on top. */
const SHARE = 0.04;

/**
 * How many validation images `schedule.stop.saliency` looks at where the recipe does not say: as many as cost 4 % of the
 * epoch's passes, each seen as it is and in the floor's views. Where layers are frozen a step is taken for a forward pass.
 */
export function mapImages({ model, schedule }: Recipe, images: { train: number; val: number }): number {
  const wanted = schedule.stop.saliency.images;
  if (wanted !== null) return wanted;
  const looks = 1 + views.length;
  const step = model.freeze.length > 0 ? 1 : 1 + BACKWARD;
  const affordable = Math.floor((SHARE * (images.train * step + images.val)) / looks);
  return Math.min(images.val, MOST, Math.max(LEAST, affordable));
}
