export { type AdamScalars, applyAdam } from './adam.js';
export { batchNormInference, batchNormTraining, type BatchNormResult } from './batch-norm.js';
export { batchNormAcross } from './batch-norm-across.js';
export { gelu, relu6, swish } from './fused.js';
export { groupedConvolution } from './grouped-convolution.js';
export { layerNorm, standardized } from './layer-norm.js';
export { applyMomentum } from './momentum.js';
export { FUSED } from './native-ops.js';
export { registerKernels } from './register.js';
