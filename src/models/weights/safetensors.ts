import { Failure } from '../../errors.js';
import type { StoredTensor, WeightFile } from './types.js';
import { bytesOf, decodeElements, type ElementType } from './elements.js';

const types: Record<string, ElementType> = {
  F32: 'float32',
  F64: 'float64',
  F16: 'float16',
  BF16: 'bfloat16',
};

/**
 * Reads the safetensors format: 8 bytes of header length (little endian), a JSON header, the data. Integer tensors
 * (counters such as num_batches_tracked) are left out.
 *
 * @param file the name for messages
 * @throws Failure where the header does not fit the file
 * @see https://github.com/huggingface/safetensors (format)
 */
export function readSafetensors(bytes: Uint8Array, file: string): WeightFile {
  const broken = (what: string) => new Failure(`${file}: not a whole safetensors file, ${what}`);
  if (bytes.length < 8) throw broken(`it has ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = view.getBigUint64(0, true);
  if (headerLength > BigInt(bytes.length - 8))
    throw broken(`its header is said to have ${headerLength} bytes`);
  const start = 8 + Number(headerLength);
  const { __metadata__: metadata = {}, ...entries } = parseHeader(bytes.subarray(8, start), broken);

  const tensors = new Map<string, StoredTensor>();
  for (const [name, entry] of Object.entries(entries)) {
    const { dtype, shape, data_offsets: offsets } = entry as Partial<HeaderEntry>;
    if (!isSizes(shape) || !isSizes(offsets) || offsets.length !== 2)
      throw broken(`its entry '${name}' is malformed`);
    const [from, to] = offsets as [number, number];
    if (from > to || start + to > bytes.length) throw broken(`the values of '${name}' lie outside it`);
    const type = types[dtype ?? ''];
    if (!type) {
      if (/^(I|U)\d+$|^BOOL$/.test(dtype ?? '')) continue;
      throw new Failure(`${file}: '${name}' has the type ${dtype}; F64, F32, F16 and BF16 are read`);
    }
    const count = shape.reduce((product, size) => product * size, 1);
    if (to - from !== count * bytesOf[type])
      throw broken(`'${name}' has ${to - from} bytes for [${shape.join(', ')}]`);
    const read = () => decodeElements(bytes.subarray(start + from, start + to), type, `${file}: '${name}'`);
    tensors.set(name, { shape, read });
  }
  return { tensors, metadata: metadata as Record<string, string> };
}

interface HeaderEntry {
  dtype: string;
  shape: number[];
  data_offsets: number[];
}

function parseHeader(bytes: Uint8Array, broken: (what: string) => Failure): Record<string, object> {
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof header === 'object' && header !== null) return header as Record<string, object>;
  } catch {
    // Said below.
  }
  throw broken('its header is not JSON');
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
