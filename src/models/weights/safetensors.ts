import { Failure, show } from '../../errors.js';
import { regularFileSize } from '../../files/read-file.js';
import { elementCount, isShape } from '../manifest.js';
import type { StoredTensor, WeightFile } from './types.js';
import { readPart } from './file-part.js';
import { bytesOf, decodeElements, type ElementType } from './elements.js';

const types = new Map<unknown, ElementType>([
  ['F32', 'float32'],
  ['F64', 'float64'],
  ['F16', 'float16'],
  ['BF16', 'bfloat16'],
]);

/** The format's own limit. */
const longestHeader = 100_000_000;

/**
 * Reads the safetensors format: 8 bytes of header length (little endian), a JSON header, the data. Integer tensors
 * (counters such as num_batches_tracked) are left out.
 *
 * @param file the name for messages
 * @throws Failure where the header does not fit the file, or two tensors share bytes
 * @see https://github.com/huggingface/safetensors (format)
 */
export function readSafetensors(bytes: Uint8Array, file: string): WeightFile {
  return fromSource({ length: bytes.length, part: (from, to) => bytes.subarray(from, to) }, file);
}

/**
 * The same from a file, of which a tensor is read when it is asked for.
 *
 * @throws as readSafetensors(); Failure where it is no regular file
 */
export async function readSafetensorsFile(path: string): Promise<WeightFile> {
  const length = await regularFileSize(path, Infinity);
  return fromSource({ length, part: (from, to) => readPart(path, from, to - from, path) }, path);
}

interface Source {
  length: number;
  part(from: number, to: number): Uint8Array;
}

function fromSource(source: Source, file: string): WeightFile {
  const broken = (what: string) => new Failure(`${file}: not a whole safetensors file, ${what}`);
  if (source.length < 8) throw broken(`it has ${source.length} bytes`);
  const first = source.part(0, 8);
  const view = new DataView(first.buffer, first.byteOffset, 8);
  const headerLength = view.getBigUint64(0, true);
  if (headerLength > BigInt(Math.min(source.length - 8, longestHeader)))
    throw broken(`its header is said to have ${headerLength} bytes`);
  const start = 8 + Number(headerLength);
  const { __metadata__: metadata = {}, ...entries } = parseHeader(source.part(8, start), broken);
  if (!isMetadata(metadata)) throw broken('its metadata is not text');

  const tensors = new Map<string, StoredTensor>();
  const parts: Part[] = [];
  for (const [name, entry] of Object.entries(entries)) {
    const {
      dtype,
      shape,
      data_offsets: offsets,
    } = (entry ?? {}) as Partial<Record<keyof HeaderEntry, unknown>>;
    if (!isShape(shape) || !isOffsets(offsets) || typeof dtype !== 'string') {
      throw broken(`its entry '${name}' is malformed`);
    }
    const [from, to] = offsets;
    if (from > to || start + to > source.length) throw broken(`the values of '${name}' lie outside it`);
    parts.push({ name, from, to });
    const type = types.get(dtype);
    if (!type) {
      if (/^(I|U)\d+$|^BOOL$/.test(dtype)) continue;
      throw new Failure(`${file}: '${name}' has the type ${show(dtype)}; F64, F32, F16 and BF16 are read`);
    }
    if (to - from !== elementCount(shape) * bytesOf[type])
      throw broken(`'${name}' has ${to - from} bytes for [${shape.join(', ')}]`);
    const read = () => decodeElements(source.part(start + from, start + to), type, `${file}: '${name}'`);
    tensors.set(name, { shape, read });
  }
  const overlapping = firstOverlap(parts);
  if (overlapping) throw broken(`the values of '${overlapping[0]}' and '${overlapping[1]}' overlap`);
  return { tensors, metadata };
}

interface Part {
  name: string;
  from: number;
  to: number;
}

function firstOverlap(parts: Part[]): [string, string] | undefined {
  const sorted = parts.filter(({ from, to }) => to > from).sort((one, other) => one.from - other.from);
  const index = sorted.findIndex(({ from }, position) => position > 0 && from < sorted[position - 1]!.to);
  return index < 0 ? undefined : [sorted[index - 1]!.name, sorted[index]!.name];
}

interface HeaderEntry {
  dtype: string;
  shape: number[];
  data_offsets: number[];
}

function parseHeader(bytes: Uint8Array, broken: (what: string) => Failure): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof header === 'object' && header !== null) return header as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw broken('its header is not JSON');
}

function isOffsets(value: unknown): value is [number, number] {
  return Array.isArray(value) && value.length === 2 && isShape([value[0]]) && isShape([value[1]]);
}

function isMetadata(value: unknown): value is Record<string, string> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((text) => typeof text === 'string')
  );
}
