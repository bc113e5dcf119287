export { arms, type Arm, type StageOverrides } from './arms.js';
export { binaryMask } from './binary-mask.js';
export { chooseImages } from './choose.js';
export { type ChanceMaker, chanceMaker, noChance } from './chance.js';
export { contradiction } from './combination.js';
export { inWords, methodAt, passesOf, queriesOf, type StageCost, usesMap } from './cost.js';
export { looking } from './looking.js';
export { defaultStage, stageOptions } from './options.js';
export {
  saliencyAugment,
  type SaliencyAugment,
  type SaliencyAugmentOptions,
  type StageStatistics,
} from './saliency-augment.js';
export { blurOutside } from './blur-outside.js';
export { stage, stageSome, type Mixed, type Staged, type StageInputs } from './stage.js';
export type { Chance, StageBlend, StageMethod, StageOptions, Threshold } from './types.js';
