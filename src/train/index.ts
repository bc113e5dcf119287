export { canResume } from '../files/run-folder.js';
export { measureFloor } from './measure-floor.js';
export { train } from './train.js';
export type { TrainOptions, TrainResult } from './train-options.js';
export {
  listData,
  makeNetwork,
  memoryWarning,
  recipeParameters,
  stageOf,
  trainingReader,
  validationCrop,
  watchInterrupt,
  type Interrupt,
  type RunNetwork,
} from './run/index.js';
export type { Progress } from './loop/index.js';
export {
  adamWStep,
  clipByGlobalNorm,
  correctWithin,
  crossEntropy,
  divergence,
  learningRateAt,
  mixedCrossEntropy,
  parametersOf,
  sgdStep,
  training,
  validator,
  type AdamWOptions,
  type AdamWSlots,
  type BatchResult,
  type LossScale,
  type LossScaleOptions,
  type LossScaleState,
  type OptimizerOptions,
  type Parameter,
  type Parameters,
  type SgdOptions,
  type Training,
  type TrainingOptions,
  type Validation,
  type Validator,
} from './step/index.js';
export { loadRecipe, type Recipe, recipeFileSchema, recipeToYaml } from './recipe/index.js';
