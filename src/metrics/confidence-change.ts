import { invalid } from '../errors.js';

/** What is left of a class's probability when only what a map shows of the image is kept. */
export interface ConfidenceChange {
  /** max(0, before − after) / before, in [0, 1]: the share of the probability that was lost. Lower is better. */
  drop: number;
  /** 1 where the probability rose, else 0. Higher is better. */
  increase: 0 | 1;
}

/**
 * Average drop and increase in confidence, for one image.
 *
 * @param before probability of the class for the image, in [0, 1]; 0 cannot drop
 * @param after probability of the class for the image times its map, in [0, 1]
 * @see Chattopadhay et al. (2018), "Grad-CAM++: Improved Visual Explanations for Deep Convolutional Networks"
 */
export function confidenceChange(before: number, after: number): ConfidenceChange {
  for (const [name, value] of Object.entries({ before, after })) {
    if (!(value >= 0 && value <= 1)) throw invalid(name, 'a probability from 0 to 1', value);
  }
  return {
    drop: before > 0 ? Math.max(0, before - after) / before : 0,
    increase: after > before ? 1 : 0,
  };
}
