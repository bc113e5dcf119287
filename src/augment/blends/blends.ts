import type { StageBlend } from '../types.js';
import { backgroundBlurBlend } from './background-blur.js';
import { backgroundBlend } from './background.js';
import { blurBlend } from './blur.js';
import type { Blend } from './types.js';
import { cutMixBlend } from './cut-mix.js';
import { hideBlend } from './hide.js';
import { inverseBlend } from './inverse.js';
import { keepAugmentBlend } from './keep-augment.js';
import { saliencyMixBlend } from './saliency-mix.js';
import { softBlend } from './soft.js';

/** Every value of `stage.blend`. */
export const blends: Readonly<Record<StageBlend, Blend>> = {
  blur: blurBlend,
  soft: softBlend,
  inverse: inverseBlend,
  hide: hideBlend,
  background: backgroundBlend,
  'background-blur': backgroundBlurBlend,
  'saliency-mix': saliencyMixBlend,
  'cut-mix': cutMixBlend,
  'keep-augment': keepAugmentBlend,
};
