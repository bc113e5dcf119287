import { Failure } from '../../errors.js';
import { decodeElements, type ElementType } from '../weights/index.js';
import { elementCount, isShape } from '../manifest.js';
import { elementType, type Int64, type OnnxTensor } from './messages.js';
import { constant, type Constant } from './values.js';

/** Bytes that a tensor keeps outside of the model's own file. */
export type ExternalBytes = (tensor: OnnxTensor) => { length: number; read(): Uint8Array };

const floats = new Map<number, ElementType>([
  [elementType.FLOAT, 'float32'],
  [elementType.DOUBLE, 'float64'],
  [elementType.FLOAT16, 'float16'],
  [elementType.BFLOAT16, 'bfloat16'],
]);
const bytesOf = new Map<number, number>([
  [elementType.FLOAT, 4],
  [elementType.DOUBLE, 8],
  [elementType.FLOAT16, 2],
  [elementType.BFLOAT16, 2],
  [elementType.UINT8, 1],
  [elementType.INT8, 1],
  [elementType.BOOL, 1],
  [elementType.INT32, 4],
  [elementType.INT64, 8],
]);
/** Integers are shapes and indices: no network has more of them in one tensor. */
const mostIntegers = 2 ** 22;

/**
 * A tensor of an ONNX file as a constant. Floating-point values are decoded when they are read, not before.
 *
 * @param name for messages
 * @throws Failure where its type is not read, or it has more values than the file holds
 */
export function constantOf(tensor: OnnxTensor, name: string, external: ExternalBytes): Constant {
  const shape = tensor.dims.map(numberOf);
  const text = `[${shape.join(', ')}]`;
  if (!isShape(shape)) throw new Failure(`${name}: its sizes ${text} are none`);
  const count = elementCount(shape);
  const size = bytesOf.get(tensor.data_type);
  if (size === undefined) {
    throw new Failure(`${name}: holds values of ONNX's type ${tensor.data_type}, which is not read`);
  }
  const inside = tensor.raw_data ?? new Uint8Array(0);
  const bytes = tensor.data_location === 1 ? external(tensor) : { length: inside.length, read: () => inside };
  const raw = bytes.length > 0 ? bytes : undefined;
  if (raw && raw.length !== count * size) {
    throw new Failure(`${name}: has sizes ${text}, ${count * size} bytes, but ${raw.length} are stored`);
  }
  if (!raw && typedCount(tensor) !== count) {
    throw new Failure(`${name}: has sizes ${text}, ${count} values, but ${typedCount(tensor)} are stored`);
  }
  const type = floats.get(tensor.data_type);
  if (type) {
    const read = () => (raw ? decodeElements(raw.read(), type, name) : typedFloats(tensor, type, name));
    return { kind: 'constant', type: 'float', shape, read };
  }
  if (count > mostIntegers)
    throw new Failure(`${name}: ${count} integers in one tensor are more than any network has`);
  const items = raw ? rawIntegers(raw.read(), tensor.data_type) : typedIntegers(tensor);
  return constant(tensor.data_type === elementType.BOOL ? 'bool' : 'int', shape, items);
}

/** A 64-bit integer as the nearest number: ends such as 2^63 − 1 mean "to the end". */
export function numberOf(value: Int64): number {
  return typeof value === 'number' ? value : value.toNumber();
}

function typedCount(tensor: OnnxTensor): number {
  const { float_data, int32_data, int64_data, double_data, uint64_data } = tensor;
  return Math.max(
    ...[float_data, int32_data, int64_data, double_data, uint64_data].map((list) => list.length),
  );
}

function typedFloats(tensor: OnnxTensor, type: ElementType, name: string): Float32Array {
  if (type === 'float32')
    return decodeElements(bytesOfArray(Float32Array.from(tensor.float_data)), type, name);
  if (type === 'float64')
    return decodeElements(bytesOfArray(Float64Array.from(tensor.double_data)), type, name);
  return decodeElements(bytesOfArray(Uint16Array.from(tensor.int32_data)), type, name);
}

function typedIntegers({ int32_data, int64_data }: OnnxTensor): number[] {
  return int64_data.length > 0 ? int64_data.map(numberOf) : [...int32_data];
}

function rawIntegers(raw: Uint8Array, type: number): number[] {
  const { buffer } = new Uint8Array(raw); // a copy, hence aligned
  if (type === elementType.INT64) return Array.from(new BigInt64Array(buffer), Number);
  if (type === elementType.INT32) return Array.from(new Int32Array(buffer));
  return Array.from(type === elementType.INT8 ? new Int8Array(buffer) : new Uint8Array(buffer));
}

function bytesOfArray({ buffer }: { buffer: ArrayBufferLike }): Uint8Array {
  return new Uint8Array(buffer);
}
