import { Failure } from '../../errors.js';
import { elementCount, isShape } from '../manifest.js';
import type { StoredTensor, WeightFile } from './types.js';
import { bytesOf, decodeElements, type ElementType } from './elements.js';
import { Made, Reference, unpickle, type Dictionary } from './pickle.js';
import { openZip, type ZipEntry } from './zip.js';

const storages: Record<string, ElementType> = {
  'torch.FloatStorage': 'float32',
  'torch.DoubleStorage': 'float64',
  'torch.HalfStorage': 'float16',
  'torch.BFloat16Storage': 'bfloat16',
};

class Storage {
  constructor(
    readonly entry: ZipEntry,
    readonly type?: ElementType,
  ) {}
}

const mostPickle = 64 * 2 ** 20;

/**
 * Reads a state_dict that torch.save wrote (the zip format, PyTorch 1.6 and later), bare or under the key
 * 'state_dict', 'model', 'model_state_dict' or 'net'; a 'module.' that DataParallel put before every name is taken off.
 * Nothing in the file is run. Integer tensors are left out; a tensor is read when it is asked for.
 *
 * @param file its path
 * @throws Failure where the file is of another kind or broken
 */
export async function readTorch(file: string): Promise<WeightFile> {
  const entries = await openZip(
    file,
    (name) => /(^|\/)(data\.pkl|byteorder|data\/[^/]+)$/.test(name),
    ({ fileName, uncompressedSize }) =>
      fileName.endsWith('data.pkl') && uncompressedSize > mostPickle
        ? `'${fileName}' is too large`
        : undefined,
  );
  const pickle = [...entries.keys()].find((name) => /(^|\/)data\.pkl$/.test(name));
  if (!pickle) throw new Failure(`${file}: a zip file without data.pkl, so not one that torch.save wrote`);
  const folder = pickle.slice(0, -'data.pkl'.length);
  const order = entries.get(`${folder}byteorder`);
  if (order && new TextDecoder().decode(order.read(0, Math.min(order.size, 16))).trim() !== 'little') {
    throw new Failure(`${file}: written on a big-endian machine, which is not read`);
  }
  const storage = (id: unknown): Storage => {
    const [, reference, key] = Array.isArray(id) ? (id as unknown[]) : [];
    if (typeof key !== 'string') throw new Failure(`${file}: a storage in it has no key`);
    const name = reference instanceof Reference ? reference.name : '';
    const entry = entries.get(`${folder}data/${key}`);
    if (!entry) throw new Failure(`${file}: the storage '${key}' is missing`);
    return new Storage(entry, storages[name]);
  };

  const state = stateOf(content(entries.get(pickle)!.read(), storage, file), file);
  const tensors = new Map<string, StoredTensor>();
  for (const [name, value] of state) {
    if (typeof name !== 'string') continue;
    const tensor = tensorOf(value, `${file}: '${name}'`);
    if (tensor) tensors.set(name, tensor);
  }
  return { tensors: withoutPrefix(tensors, 'module.'), metadata: {} };
}

function content(pickle: Uint8Array, storage: (id: unknown) => Storage, file: string): unknown {
  try {
    return unpickle(pickle, storage);
  } catch (error) {
    const message = (error as Error).message;
    if (error instanceof Failure && !message.startsWith(file)) throw new Failure(`${file}: ${message}`);
    throw error;
  }
}

function stateOf(content: unknown, file: string): Dictionary {
  if (!(content instanceof Map)) {
    throw new Failure(`${file}: holds no state_dict; save model.state_dict(), not the model`);
  }
  for (const key of ['state_dict', 'model_state_dict', 'model', 'net']) {
    const inner: unknown = content.get(key);
    if (inner instanceof Map) return inner as Dictionary;
  }
  return content as Dictionary;
}

function tensorOf(value: unknown, name: string): StoredTensor | undefined {
  const made = isMadeBy(value, 'torch._utils._rebuild_parameter') ? value.from[0] : value;
  if (!isMadeBy(made, 'torch._utils._rebuild_tensor_v2')) return undefined;
  const [storage, offset, shape, strides] = made.from;
  if (!(storage instanceof Storage) || !isShape([offset]) || !isShape(shape) || !areStrides(strides, shape)) {
    throw new Failure(`${name} is malformed`);
  }
  const { type, entry } = storage;
  if (!type) return undefined;
  const first = offset as number;
  const count = elementCount(shape);
  const last = shape.reduce((index, size, axis) => index + Math.max(0, size - 1) * strides[axis]!, first);
  if (count > 0 && (last + 1) * bytesOf[type] > entry.size) {
    throw new Failure(`${name} lies outside its storage; the file is cut off`);
  }
  if (count * bytesOf[type] > entry.size) throw new Failure(`${name} has more values than its storage`);
  const read = () => {
    const part = count > 0 ? entry.read(first * bytesOf[type], (last + 1) * bytesOf[type]) : new Uint8Array();
    return gather(decodeElements(part, type, name), shape, strides);
  };
  return { shape, read };
}

function isMadeBy(value: unknown, by: string): value is Made {
  return value instanceof Made && value.by === by;
}

function areStrides(value: unknown, shape: number[]): value is number[] {
  const isSize = (stride: unknown) => Number.isSafeInteger(stride) && (stride as number) >= 0;
  return Array.isArray(value) && value.length === shape.length && value.every(isSize);
}

/** The values of a strided view in C order; the first one is the view's first. */
function gather(values: Float32Array, shape: number[], strides: number[]): Float32Array {
  const count = elementCount(shape);
  let expected = 1;
  const contiguous = [...shape.keys()].reverse().every((axis) => {
    const fits = shape[axis] === 1 || strides[axis] === expected;
    expected *= shape[axis]!;
    return fits;
  });
  if (contiguous) return values.subarray(0, count);
  const gathered = new Float32Array(count);
  for (let index = 0; index < count; index++) {
    let rest = index;
    let from = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += (rest % shape[axis]!) * strides[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    gathered[index] = values[from]!;
  }
  return gathered;
}

function withoutPrefix(tensors: Map<string, StoredTensor>, prefix: string): Map<string, StoredTensor> {
  const names = [...tensors.keys()];
  if (names.length === 0 || !names.every((name) => name.startsWith(prefix))) return tensors;
  return new Map([...tensors].map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}
