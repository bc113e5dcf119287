import type * as tf from '@tensorflow/tfjs-core';
import { TF } from './engine.js';

const NUMBERS: Partial<Record<tf.DataType, number>> = { float32: TF.FLOAT, int32: TF.INT32, bool: TF.BOOL };

/**
 * TensorFlow's number for a data type of tfjs.
 *
 * @throws for strings and complex numbers, which do not travel into graphs
 */
export function numberOf(dtype: tf.DataType): number {
  const number = NUMBERS[dtype];
  if (number === undefined) throw new Error(`compile: tensors of dtype ${dtype} are not taken`);
  return number;
}

/** The data type under which tfjs knows a number of TensorFlow's; bytes and long integers count as int32 there. */
export function tfjsType(dtype: number): tf.DataType {
  const known = (Object.keys(NUMBERS) as tf.DataType[]).find((name) => NUMBERS[name] === dtype);
  if (known) return known;
  if (dtype === TF.UINT8 || dtype === TF.INT64) return 'int32';
  throw new Error('compile: string and complex tensors are not taken as constants of a compiled function');
}

/**
 * A copy of a constant's content as TensorFlow lays it out; tfjs passes small shapes and axes as plain arrays.
 *
 * @throws for strings and complex numbers
 */
export function typedValues(values: ArrayBufferView | unknown[], dtype: number): ArrayBufferView {
  tfjsType(dtype);
  if (ArrayBuffer.isView(values)) return (values as Float32Array).slice();
  if (dtype === TF.FLOAT) return Float32Array.from(values as number[]);
  if (dtype === TF.BOOL || dtype === TF.UINT8) return Uint8Array.from(values as number[]);
  if (dtype === TF.INT64) return BigInt64Array.from((values as number[]).map(BigInt));
  return Int32Array.from(values as number[]);
}
