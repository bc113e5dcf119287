import { reciproCam, resized, upsample } from '../../explain/index.js';
import type { MapSource } from './types.js';
import { targetOf } from './target.js';

/**
 * Recipro-CAM (Byun & Lee 2022): the class's probability with one position of the target layer alone. Each position
 * costs a pass through the head, none through the network.
 */
export const reciproCamSource: MapSource = {
  summary: "Recipro-CAM, the class's probability at each position alone",
  queries: () => 0,
  passes: ({ scoringScale }) => scoringScale ** 2,
  needs: 'label',
  fromNetwork: true,
  find({ classifier, images, labels, options }) {
    const [, height, width] = images.shape;
    const { chunk, scoringScale } = options;
    const target = targetOf({ labels, options });
    const { raw } = reciproCam(classifier, resized(images, scoringScale), { target, chunk });
    return { map: upsample(raw, [height, width]) };
  },
};
