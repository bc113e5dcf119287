export { allFinite, divergenceAdvice } from './finite.js';
export type { LossScale, LossScaleOptions, LossScaleState } from './loss-scale.js';
export { correctWithin, crossEntropy, divergence, mixedCrossEntropy } from './loss.js';
export { type Parameter, type Parameters, parametersOf, variableOf } from './parameters.js';
export { learningRateAt } from './schedule.js';
export { type SgdOptions, clipByGlobalNorm, sgdStep } from './sgd.js';
export { type BatchResult, type Training, type TrainingOptions, training } from './step.js';
export { type Validation, type Validator, validator } from './validate.js';
