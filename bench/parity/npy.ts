import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { Failure } from '../../src/errors.js';

/** An array of a golden folder. */
export interface GoldenArray {
  shape: number[];
  values: Float64Array;
}

const readers: Record<string, [bytes: number, read: (data: DataView, at: number) => number]> = {
  '<f4': [4, (data, at) => data.getFloat32(at, true)],
  '<f8': [8, (data, at) => data.getFloat64(at, true)],
  '<i2': [2, (data, at) => data.getInt16(at, true)],
  '<i4': [4, (data, at) => data.getInt32(at, true)],
  '<i8': [8, (data, at) => Number(data.getBigInt64(at, true))],
  '|u1': [1, (data, at) => data.getUint8(at)],
  '|i1': [1, (data, at) => data.getInt8(at)],
  '|b1': [1, (data, at) => data.getUint8(at)],
};

/**
 * Reads a .npy file (version 1, little-endian, C order) of any number type.
 *
 * @throws Failure where it is another format
 */
export function readNpy(path: string): GoldenArray {
  const bytes = readFileSync(path);
  const start = 10 + bytes.readUInt16LE(8);
  const header = bytes.subarray(10, start).toString('latin1');
  const type = /'descr': '([^']+)'/.exec(header)?.[1] ?? 'no type';
  const reader = readers[type];
  if (!reader || /'fortran_order': True/.test(header))
    throw new Failure(`${path}: cannot read arrays of type ${type}`);
  const shape = (/'shape': \(([^)]*)\)/.exec(header)?.[1] ?? '')
    .split(',')
    .filter((side) => side.trim())
    .map(Number);
  const [size, read] = reader;
  const data = new DataView(bytes.buffer, bytes.byteOffset + start);
  const length = shape.reduce((product, side) => product * side, 1);
  return { shape, values: Float64Array.from({ length }, (_, index) => read(data, index * size)) };
}

/** An array as a tensor; the caller owns it. */
export function toTensor<T extends tf.Tensor>(
  { shape, values }: GoldenArray,
  dtype: 'float32' | 'int32' = 'float32',
): T {
  const typed = dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values);
  return tf.tensor(typed, shape, dtype) as T;
}
