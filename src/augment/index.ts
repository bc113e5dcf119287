export { arms, type Arm, type StageOverrides } from './arms.js';
export { binaryMask } from './binary-mask.js';
export { withChannels } from './maps/index.js';
export { chooseImages } from './choose-images.js';
export { mapSize, type RandomInputsMaker, randomInputsMaker, noRandomInputs } from './random-inputs.js';
export { stageConflict } from './combination.js';
export {
  asksClass,
  stageDescription,
  methodAt,
  passesOf,
  queriesOf,
  type StageCost,
  usesLayer,
  usesMap,
} from './cost.js';
export { probeStageOptions } from './probe-stage-options.js';
export { defaultStage, stageOptions } from './options.js';
export {
  saliencyAugment,
  type SaliencyAugment,
  type SaliencyAugmentOptions,
  type StageStatistics,
} from './saliency-augment.js';
export { blurOutside } from './blur-outside.js';
export { stage, stageSome, type Mixed, type Staged, type StageInputs } from './stage.js';
export type { RandomInputs, StageBlend, StageMethod, StageOptions, Threshold } from './types.js';
