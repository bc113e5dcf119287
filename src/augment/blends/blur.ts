import { gaussianBlur } from '../../explain/index.js';
import type { Blend } from './types.js';

/** The paper's: outside of the mask the image under a Gaussian blur (Eq. 5). */
export const blurBlend: Blend = {
  summary: 'outside blurred',
  map: 'own',
  salient: 'cut',
  wantsOther: false,
  wantsNumbers: false,
  mixesLabels: false,
  make: ({ images, salient, options }) => ({ kept: salient, fill: gaussianBlur(images, options.blur) }),
};
