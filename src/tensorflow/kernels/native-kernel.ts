import * as tf from '@tensorflow/tfjs-core';
import type { Attribute } from '../native/runtime/engine.js';
import { rawOperations } from './native-ops.js';

/** The tensors and attributes that a kernel was run with. */
export interface KernelRun {
  inputs: Record<string, tf.Tensor>;
  attrs: Record<string, unknown>;
}

/**
 * Makes an operation of TensorFlow a kernel of tfjs on the native backend: run by `runNative`, it stands on the tape
 * like any other, so that gradients of gradients go through it. One that is registered already is replaced.
 */
export function registerNativeKernel(
  kernelName: string,
  run: (given: KernelRun) => tf.Tensor | tf.Tensor[],
): void {
  if (tf.getKernel(kernelName, 'tensorflow')) tf.unregisterKernel(kernelName, 'tensorflow');
  tf.registerKernel({
    kernelName,
    backendName: 'tensorflow',
    kernelFunc: ({ inputs, attrs }) => run({ inputs, attrs } as unknown as KernelRun),
  });
}

/** Whether a kernel of `registerNativeKernel` can be run: the native backend is in use. */
export function hasNative(): boolean {
  return rawOperations() !== undefined;
}

/** Runs a kernel of `registerNativeKernel`. */
export function runNative<T extends tf.Tensor | tf.Tensor[] = tf.Tensor>(
  kernelName: string,
  inputs: Record<string, tf.Tensor>,
  attrs = {},
): T {
  return tf.engine().runKernel<T>(kernelName, inputs, attrs);
}

/** Executes an operation of TensorFlow on the native backend, unseen by the tape. */
export function execute(
  op: string,
  attributes: Attribute[],
  inputs: tf.Tensor[],
  outputs: number,
): tf.Tensor[] {
  return rawOperations()!.executeMultipleOutputs(op, attributes, inputs, outputs);
}
