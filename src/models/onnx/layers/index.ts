import { serialization } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import { familyOf, type Family } from './kernels/index.js';
import {
  OnnxConvolution,
  OnnxElementwise,
  OnnxNormalization,
  OnnxPadding,
  OnnxPooling,
  OnnxProduct,
  OnnxReduction,
  OnnxReshape,
  type OperationConfig,
} from './operation.js';

export { kernelOf } from './kernels/index.js';
export { constantOperand, Operation } from './operation.js';
export type { Operand, OperationConfig, WeightSpec } from './operation.js';

const classes = {
  elementwise: OnnxElementwise,
  arrange: OnnxReshape,
  padding: OnnxPadding,
  reduce: OnnxReduction,
  normalize: OnnxNormalization,
  pool: OnnxPooling,
  convolve: OnnxConvolution,
  product: OnnxProduct,
} satisfies Record<Family, unknown>;

/** The layer that runs an operation. */
export function operationLayer(config: OperationConfig): layers.Layer {
  return new classes[familyOf(config.operation)](config);
}

/** Tells tfjs of these layers, so that a checkpoint which has them can be read. Calling it again is free. */
export function registerOnnxLayers(): void {
  for (const made of Object.values(classes)) {
    serialization.registerClass(made);
  }
}
