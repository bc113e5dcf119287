import * as tf from '@tensorflow/tfjs-core';
import type { Attribute } from '../native/runtime/engine.js';

/** The native backend of tfjs-node, as far as operations that tfjs does not wrap are called on it. */
interface RawOperations {
  executeMultipleOutputs(
    op: string,
    attributes: Attribute[],
    inputs: tf.Tensor[],
    outputs: number,
  ): tf.Tensor[];
}

/**
 * The raw operations of the native TensorFlow backend, or undefined on any other backend. Only for operations that
 * tfjs does not offer or whose gradient it makes slow; each has a plain tfjs form beside it.
 */
export function rawOperations(): RawOperations | undefined {
  if (tf.getBackend() !== 'tensorflow') return undefined;
  const backend = tf.backend() as unknown as Partial<RawOperations>;
  return backend.executeMultipleOutputs ? (backend as RawOperations) : undefined;
}

/** Where a backend says that it runs the operations of native/cpu/fused.cc. */
export const FUSED = Symbol.for('camtune.fused');

/** Whether operations of our own can take this tensor: float32, on a CPU's native backend. */
export function hasFused({ dtype }: tf.Tensor): boolean {
  if (dtype !== 'float32' || tf.getBackend() !== 'tensorflow') return false;
  return (tf.backend() as { [FUSED]?: boolean })[FUSED] === true;
}

const KIND = { string: 0, int: 1, float: 2, bool: 3, type: 4 } as const;

/** An attribute of a raw operation. */
export function attribute(name: string, kind: keyof typeof KIND, value: unknown): Attribute {
  return { name, type: KIND[kind], value };
}

/** The usual attribute T = float32. */
export const FLOAT_TYPE = attribute('T', 'type', 1);
