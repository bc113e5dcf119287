import { registerBatchNormGradient } from './batch-norm-gradient.js';
import { registerBroadcastTo } from './broadcast-to.js';
import { registerFused } from './fused.js';
import { registerGather } from './gather.js';
import { registerFastGradients } from './gradients.js';
import { registerGroupedConvolution } from './grouped-convolution.js';
import { registerLayerNorm } from './layer-norm.js';
import { registerMatMul } from './mat-mul.js';
import { registerReluGradient } from './relu-gradient.js';

/** Gives the native backend the kernels, and tfjs the gradients, that it is slow without. Calling it again is free. */
export function registerKernels(): void {
  registerGather();
  registerBroadcastTo();
  registerReluGradient();
  registerBatchNormGradient();
  registerGroupedConvolution();
  registerFused();
  registerLayerNorm();
  registerMatMul();
  registerFastGradients();
}
