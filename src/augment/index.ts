export { arms, type Arm, type StageOverrides } from './arms.js';
export { binaryMask, type Threshold } from './binary-mask.js';
export { chooseImages } from './choose.js';
export { type Chance, type ChanceMaker, chanceMaker, noChance } from './chance.js';
export { contradiction } from './combination.js';
export { inWords, methodAt, passesOf, queriesOf, type StageCost, usesMap } from './cost.js';
export { looking } from './looking.js';
export {
  defaultStage,
  type StageBlend,
  type StageMethod,
  stageOptions,
  type StageOptions,
} from './options.js';
export { saliencyAugment } from './saliency-augment.js';
export type { SaliencyAugment, SaliencyAugmentOptions, StageStatistics } from './saliency-augment.js';
export { blurOutside } from './blur-outside.js';
export { stage, stageSome, type Mixed, type Staged, type StageInputs } from './stage.js';
