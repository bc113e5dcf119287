import { lafam, resized, upsample } from '../../explain/index.js';
import type { MapSource } from './types.js';

/**
 * The mean of the target layer's activations over its channels (Karjauv & Albayrak 2024); with a scoringScale below 1
 * those of the image at that size.
 */
export const lafamSource: MapSource = {
  summary: 'LaFAM, the mean activation',
  queries: () => 0,
  passes: ({ scoringScale }) => scoringScale ** 2,
  fromNetwork: true,
  find({ classifier, images, options }) {
    const [, height, width] = images.shape;
    const { raw } = lafam(classifier, resized(images, options.scoringScale));
    return { map: upsample(raw, [height, width]) };
  },
};
