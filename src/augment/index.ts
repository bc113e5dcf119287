export { binaryMask, type Threshold } from './binary-mask.js';
export { chooseImages } from './choose.js';
export {
  defaultStage,
  methodAt,
  queriesOf,
  type StageCost,
  stageOptions,
  type StageOptions,
} from './options.js';
export { saliencyAugment } from './saliency-augment.js';
export type { SaliencyAugment, SaliencyAugmentOptions, StageStatistics } from './saliency-augment.js';
export { blurOutside, stage, stageSome, type Staged } from './stage.js';
