import type { MapSource } from './types.js';
import { eigenCamSource } from './eigen-cam.js';

/**
 * A control: the Eigen-CAM map of another image of the batch. Over a batch the masks are the very ones that eigen-cam
 * gives, areas, pieces and preference for the middle included; what is gone is that a mask fits its image.
 */
export const eigenPermutedSource: MapSource = {
  ...eigenCamSource,
  summary: "another image's Eigen-CAM",
  needs: 'stranger',
  fromNetwork: false,
};
