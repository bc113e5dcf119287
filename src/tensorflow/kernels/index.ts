export { type AdamScalars, applyAdam } from './adam.js';
export { batchNormInference, batchNormTraining, type BatchNormResult } from './batch-norm.js';
export { batchNormAcross } from './batch-norm-across.js';
export { groupedConvolution } from './grouped-convolution.js';
export { applyMomentum } from './momentum.js';
export { registerKernels } from './register.js';
