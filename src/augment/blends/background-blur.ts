import { invalid } from '../../errors.js';
import { gaussianBlur } from '../../explain/index.js';
import { backgroundBlend } from './background.js';
import type { Blend } from './contract.js';

/**
 * Outside of the mask another image of the batch under the blur: its colours and its light, but no second object.
 * A blur of the image's own background leaves these to learn from; here they no longer go with the class.
 */
export const backgroundBlurBlend: Blend = {
  ...backgroundBlend,
  summary: 'outside another image of the batch, blurred',
  make({ others, salient, options }) {
    if (!others)
      throw invalid('chance.partner', 'another image for each where stage.blend is background-blur', others);
    return { kept: salient, fill: gaussianBlur(others, options.blur) };
  },
};
