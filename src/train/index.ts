export { train, type TrainOptions, type TrainResult } from './train.js';
export { watchInterrupt, type Interrupt } from './interrupt.js';
export {
  listData,
  makeNetwork,
  stageOf,
  trainingReader,
  validationView,
  type RunNetwork,
} from './prepare.js';
export type { Progress } from './run.js';
export { canResume } from './run-folder.js';
export { clipByGlobalNorm, sgdStep, type SgdOptions } from './sgd.js';
export { correctWithin, crossEntropy, divergence, mixedCrossEntropy } from './loss.js';
export { learningRateAt } from './schedule.js';
export { loadRecipe, type Recipe, recipeFileSchema, recipeToYaml } from './recipe/index.js';
export type { LossScale, LossScaleOptions, LossScaleState } from './loss-scale.js';
export { parametersOf, type Parameter, type Parameters } from './parameters.js';
export { training, type BatchResult, type Training, type TrainingOptions } from './step.js';
export { validator, type Validation, type Validator } from './validate.js';
