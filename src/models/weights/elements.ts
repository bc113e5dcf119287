import { Failure } from '../../errors.js';
import { decodeBfloat16, decodeFloat16 } from './float16.js';

/** How the values of a stored tensor are written; integers hold counters, no weights. */
export type ElementType = 'float32' | 'float64' | 'float16' | 'bfloat16';

export const bytesOf: Record<ElementType, number> = { float32: 4, float64: 8, float16: 2, bfloat16: 2 };

/**
 * Little-endian values widened to float32 (or narrowed from float64).
 *
 * @throws Failure where a value is not finite: no network works with it
 */
export function decodeElements(bytes: Uint8Array, type: ElementType, name: string): Float32Array {
  // Part of something larger is copied, and then aligned.
  const isWhole = bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength;
  const buffer = isWhole ? bytes.buffer : new Uint8Array(bytes).buffer;
  const values = decoders[type](buffer);
  if (!values.every(Number.isFinite)) throw new Failure(`${name}: holds a value that is not a finite number`);
  return values;
}

const decoders: Record<ElementType, (buffer: ArrayBuffer) => Float32Array> = {
  float32: (buffer) => new Float32Array(buffer),
  float64: (buffer) => Float32Array.from(new Float64Array(buffer)),
  float16: (buffer) => decodeFloat16(new Uint16Array(buffer)),
  bfloat16: (buffer) => decodeBfloat16(new Uint16Array(buffer)),
};
