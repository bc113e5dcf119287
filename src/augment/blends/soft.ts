import { blurBlend } from './blur.js';
import type { Blend } from './types.js';

/** Eq. 5 with the map itself, min-max to [0, 1], in place of a binary mask: nothing is cut, no threshold counts. */
export const softBlend: Blend = {
  ...blurBlend,
  summary: 'the less salient the more blurred',
  salient: 'graded',
};
