import { gaussianBlur } from '../../explain/index.js';
import { backgroundBlend } from './background.js';
import type { Blend } from './types.js';

/**
 * Outside of the mask another image of the batch under the blur: its colors and its light, but no second object.
 * A blur of the image's own background leaves these to learn from; here they no longer go with the class.
 */
export const backgroundBlurBlend: Blend = {
  ...backgroundBlend,
  summary: 'outside another image of the batch, blurred',
  make(inputs) {
    const { kept, fill } = backgroundBlend.make(inputs);
    return { kept, fill: gaussianBlur(fill, inputs.options.blur) };
  },
};
