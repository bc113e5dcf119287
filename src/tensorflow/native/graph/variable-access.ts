import type * as tf from '@tensorflow/tfjs-core';
import { numberOf } from '../runtime/dtypes.js';
import { type AddOperation, type Attribute, type Endpoint, TF, typeAttribute } from '../runtime/engine.js';

/** How a graph reads and writes variables. */
export type VariableAccess = ReturnType<typeof variableAccess>;

/**
 * Resource variables inside a function: one handle and one first read each, who uses what was read, and who wrote.
 *
 * @param handleInput adds an input that takes the handle of a variable, and gives its operation
 */
export function variableAccess(add: AddOperation, handleInput: (variable: tf.Variable) => number) {
  const handles = new Map<tf.Variable, number>();
  const firstReads = new Map<tf.Variable, number>();
  const reads = new Map<tf.Variable, number[]>();
  const readers = new Map<number, Set<number>>();
  const writes = new Map<tf.Variable, number>();
  const handle = (variable: tf.Variable): Endpoint => {
    if (!handles.has(variable)) handles.set(variable, handleInput(variable));
    return [handles.get(variable)!, 0];
  };
  const readAgain = (variable: tf.Variable, after?: number): number => {
    const dtype = typeAttribute('dtype', numberOf(variable.dtype));
    const operation = add('ReadVariableOp', [handle(variable)], [dtype], after === undefined ? [] : [after]);
    reads.set(variable, [...(reads.get(variable) ?? []), operation]);
    readers.set(operation, new Set());
    return operation;
  };
  return {
    handle,
    readAgain,
    read(variable: tf.Variable): number {
      if (!firstReads.has(variable)) firstReads.set(variable, readAgain(variable));
      return firstReads.get(variable)!;
    },
    noteReader: (from: Endpoint, reader: number): void => void readers.get(from[0])?.add(reader),
    noteWrite: (changed: readonly tf.Variable[], operation: number): void =>
      changed.forEach((variable) => writes.set(variable, operation)),
    /**
     * A write waits for the one before it, and until everybody who reads the old value is done: then no copy of that
     * has to be kept.
     */
    waits(changed: readonly tf.Variable[], given: readonly Endpoint[]): Set<number> {
      const operations = changed.flatMap((variable) => reads.get(variable) ?? []);
      const waits = new Set(operations.flatMap((read) => [read, ...readers.get(read)!]));
      for (const variable of changed) if (writes.has(variable)) waits.add(writes.get(variable)!);
      given.forEach(([operation]) => waits.delete(operation));
      return waits;
    },
  };
}

/** An input that takes the handle of a variable; its type and shape tell TensorFlow those of every read. */
export function handleAttributes(variable: tf.Variable): Attribute[] {
  return [
    typeAttribute('dtype', TF.RESOURCE),
    { name: 'shape', type: TF.shape, value: [] },
    { name: '_handle_dtypes', type: TF.type, value: [numberOf(variable.dtype)] },
    { name: '_handle_shapes', type: TF.shape, value: [variable.shape] },
  ];
}
