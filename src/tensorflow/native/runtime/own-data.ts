import type * as tf from '@tensorflow/tfjs-core';
import { type NodeBackend, typeAttribute } from './engine.js';

/**
 * Gives a variable data of its own where it shares them with a clone, a reshaped copy or another variable: tfjs takes
 * data for immutable, but the runtime updates those of variables in place. Nothing is copied before such an update.
 */
export function ownData(backend: NodeBackend, variable: tf.Variable): void {
  const { refCount, dtype } = backend.tensorMap.get(variable.dataId);
  if (refCount === 1) return;
  const shared = backend.getInputTensorIds([variable]);
  const [own] = backend.binding.executeOp('Identity', [typeAttribute('T', dtype)], shared, 1);
  const tensor = backend.createOutputTensor(own!);
  variable.assign(tensor);
  tensor.dispose();
}
