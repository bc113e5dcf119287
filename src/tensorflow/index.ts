export { batchNormInference, batchNormTraining, type BatchNormResult } from './batch-norm.js';
export { compile, type Compiled, type CompileOptions, type Precision, usefulPrecision } from './compile.js';
export { loadTensorflow } from './load.js';
export type { Runtime } from './native/load.js';
export { applyMomentum } from './momentum.js';
export { isPixels, type Pixels, pixelsToTensor } from './pixels.js';
