import { invalid, phrase } from '../errors.js';

/** The number types that camtune writes as .npy. */
export type NpyArray = Float32Array | Int32Array | Uint8Array;

/** An array read from a .npy file. */
export interface Npy {
  data: NpyArray;
  shape: number[];
}

const MAGIC = Uint8Array.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]);
const BYTES: Record<string, number> = { '<f4': 4, '<f8': 8, '<i4': 4, '|u1': 1 };

/**
 * An array as the bytes of a .npy file: version 1.0, little-endian, C order, header padded so that the data begins
 * at a multiple of 64 bytes.
 *
 * @param data float32, int32 or uint8 values in row-major order
 * @param shape its product is the length of `data`; [] is a scalar
 * @throws when shape and length differ
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export function encodeNpy(data: NpyArray, shape: readonly number[]): Uint8Array {
  const length = shape.reduce((product, side) => product * side, 1);
  if (length !== data.length) throw invalid('shape', `a product of ${data.length}`, shape);
  const descr = data instanceof Float32Array ? '<f4' : data instanceof Int32Array ? '<i4' : '|u1';
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const fields = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const start = Math.ceil((MAGIC.length + 4 + fields.length + 1) / 64) * 64;
  const header = fields.padEnd(start - MAGIC.length - 4 - 1) + '\n';
  const bytes = new Uint8Array(start + length * BYTES[descr]!);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint8(6, 1);
  view.setUint16(8, header.length, true);
  bytes.set(Buffer.from(header, 'latin1'), 10);
  if (data instanceof Uint8Array) bytes.set(data, start);
  else if (data instanceof Int32Array)
    data.forEach((value, at) => view.setInt32(start + at * 4, value, true));
  else data.forEach((value, at) => view.setFloat32(start + at * 4, value, true));
  return bytes;
}

/**
 * Reads the bytes of a .npy file (versions 1 to 3; little-endian float32, float64, int32, uint8; C order). float64, NumPy's
 * default, is rounded to float32.
 *
 * @param name how errors call it: the path of the file
 * @throws when it is another format, type or order, or shorter than its header says
 */
export function decodeNpy(bytes: Uint8Array, name = 'npy'): Npy {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || MAGIC.some((byte, at) => bytes[at] !== byte)) {
    throw invalid(name, 'a NumPy file (.npy)', phrase('other bytes at its beginning'));
  }
  const wide = view.getUint8(6) > 1;
  const headerStart = wide ? 12 : 10;
  const start = headerStart + (wide ? view.getUint32(8, true) : view.getUint16(8, true));
  const header = Buffer.from(bytes.subarray(headerStart, start)).toString('latin1');
  const descr = /'descr':\s*'([^']+)'/.exec(header)?.[1] ?? '';
  const size = BYTES[descr];
  if (size === undefined) throw invalid(name, "the type '<f4', '<f8', '<i4' or '|u1'", descr || header);
  if (!/'fortran_order':\s*False/.test(header)) throw invalid(name, 'C order', phrase('Fortran order'));
  const tuple = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1];
  if (tuple === undefined) throw invalid(name, 'a shape in the header', header);
  const shape = tuple.split(',').flatMap((side) => (side.trim() === '' ? [] : [Number(side)]));
  if (!shape.every((side) => Number.isSafeInteger(side) && side >= 0))
    throw invalid(name, 'a shape of integers of 0 or more', phrase(`(${tuple})`));
  const length = shape.reduce((product, side) => product * side, 1);
  if (bytes.length < start + length * size) {
    throw invalid(name, `${length * size} bytes of data`, Math.max(0, bytes.length - start));
  }
  if (descr === '|u1') return { data: Uint8Array.from(bytes.subarray(start, start + length)), shape };
  if (descr === '<i4') {
    return { data: Int32Array.from({ length }, (_, at) => view.getInt32(start + at * 4, true)), shape };
  }
  const float = (at: number): number =>
    size === 8 ? view.getFloat64(start + at * 8, true) : view.getFloat32(start + at * 4, true);
  return { data: Float32Array.from({ length }, (_, at) => float(at)), shape };
}
