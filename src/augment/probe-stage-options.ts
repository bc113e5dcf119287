import { mapSources } from './maps/index.js';
import type { StageOptions } from './types.js';

/**
 * The options for looking at what the network looks at, whatever it is trained with: the same maps, or LaFAM's where
 * the stage's own do not come from the network (random, center, none, boxes), in the precision of all that is measured;
 * what is not salient is blurred.
 */
export function probeStageOptions(options: StageOptions): StageOptions {
  const method = mapSources[options.method].fromNetwork ? options.method : 'lafam';
  return { ...options, method, blend: 'blur', scoringPrecision: null };
}
