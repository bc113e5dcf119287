import * as tf from '@tensorflow/tfjs-core';
import { COMPILER, type Compiler } from '../../compile.js';
import { communicating } from './communication.js';
import { type Attribute, type NodeBackend, TF } from './engine.js';

/** The trace in progress, as an object of which every trace has its own; undefined where functions run eagerly. */
export function traceInProgress(): object | undefined {
  return (tf.backend() as { [COMPILER]?: Compiler })[COMPILER]?.trace();
}

/** Adds operations below tfjs, whose tensors cannot have 16 bits: on ids of the backend's addon, or of a trace. */
export interface AddRaw {
  /** @returns ids of the outputs; one, unless `outputs` says how many */
  (op: string, attributes: Attribute[], inputs: number[], outputs?: number): number[];
  /** The id of an operation's first output. */
  one(op: string, attributes: Attribute[], inputs: number[]): number;
  integer(value: number): number;
  integers(values: number[]): number;
}

/**
 * Computes something in which this process meets other ranks.
 *
 * @param compute gives the ids of the results
 * @returns these as tensors; the caller owns them
 */
export function raw(
  inputs: readonly tf.Tensor[],
  compute: (add: AddRaw, ids: number[]) => number[],
): tf.Tensor[] {
  const backend = tf.backend() as unknown as NodeBackend;
  const { binding } = backend;
  const made = new Map<number, { id: number; dtype: number; shape: number[] }>();
  const integers = (values: number[], shape: number[]): number => {
    const id = binding.createTensor(shape, TF.INT32, Int32Array.from(values));
    made.set(id, { id, dtype: TF.INT32, shape });
    return id;
  };
  const addAll = (op: string, attributes: Attribute[], ids: number[], outputs = 1): number[] =>
    binding.executeOp(op, attributes, ids, outputs).map((output) => {
      made.set(output.id, output);
      return output.id;
    });
  const add: AddRaw = Object.assign(addAll, {
    one: (op: string, attributes: Attribute[], ids: number[]) => addAll(op, attributes, ids)[0]!,
    integer: (value: number) => integers([value], []),
    integers: (values: number[]) => integers(values, [values.length]),
  });
  let results: number[] = [];
  try {
    const ids = backend.getInputTensorIds(inputs);
    const run = (): number[] => compute(add, ids);
    results = traceInProgress() ? run() : communicating(run);
    return results.map((id) => backend.createOutputTensor(made.get(id)!));
  } finally {
    made.forEach((_, id) => !results.includes(id) && binding.deleteTensor(id));
  }
}
