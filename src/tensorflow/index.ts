export {
  compile,
  type AcceptsPixels,
  type Compiled,
  type CompileOptions,
  inFloat32,
  inPrecision,
  type Precision,
  usefulPrecision,
} from './compile.js';
export {
  type AdamScalars,
  applyAdam,
  applyMomentum,
  batchNormAcross,
  batchNormInference,
  batchNormTraining,
  type BatchNormResult,
  gelu,
  groupedConvolution,
  layerNorm,
  relu6,
  standardized,
  swish,
} from './kernels/index.js';
export { loadTensorflow } from './load.js';
export { loadTensorflowOrCpu } from './load-or-cpu.js';
export type { Runtime } from './native/load.js';
export { isPixels, type Pixels, pixelsToTensor } from './pixels.js';
export type { Ranks, ReduceOptions } from './ranks.js';
