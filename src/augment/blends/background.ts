import { invalid } from '../../errors.js';
import type { Blend } from './types.js';

/**
 * Outside of the mask another image of the batch, whole and in place, its object included. The label stays the
 * image's own.
 */
export const backgroundBlend: Blend = {
  summary: 'outside another image of the batch',
  map: 'own',
  salient: 'cut',
  wantsOther: true,
  wantsNumbers: false,
  mixesLabels: false,
  make({ others, salient }) {
    if (!others)
      throw invalid('randomInputs.partner', 'another image for each where stage.blend is background', others);
    return { kept: salient, fill: others };
  },
};
