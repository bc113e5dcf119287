export { batchNormInference, batchNormTraining, type BatchNormResult } from './kernels/batch-norm.js';
export { compile, type Compiled, type CompileOptions, type Precision, usefulPrecision } from './compile.js';
export { loadTensorflow } from './load.js';
export type { Runtime } from './native/load.js';
export { applyMomentum } from './kernels/momentum.js';
export { isPixels, type Pixels, pixelsToTensor } from './pixels.js';
