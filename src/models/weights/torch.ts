import { unzipSync, type Unzipped } from 'fflate';
import { Failure } from '../../errors.js';
import type { StoredTensor, WeightFile } from './types.js';
import { bytesOf, decodeElements, type ElementType } from './elements.js';
import { Made, Reference, unpickle, type Dictionary } from './pickle.js';

const storages: Record<string, ElementType> = {
  'torch.FloatStorage': 'float32',
  'torch.DoubleStorage': 'float64',
  'torch.HalfStorage': 'float16',
  'torch.BFloat16Storage': 'bfloat16',
};

interface Storage {
  type?: ElementType;
  bytes: Uint8Array;
}

/**
 * Reads a state_dict that torch.save wrote (the zip format, PyTorch 1.6 and later), bare or under the key
 * 'state_dict', 'model', 'model_state_dict' or 'net'; a 'module.' that DataParallel put before every name is taken off.
 * Nothing in the file is run. Integer tensors are left out.
 *
 * @param file the name for messages
 * @throws Failure where the file is of another kind or broken
 */
export function readTorch(bytes: Uint8Array, file: string): WeightFile {
  const entries = unzip(bytes, file);
  const pickle = Object.keys(entries).find((name) => /(^|\/)data\.pkl$/.test(name));
  if (!pickle) throw new Failure(`${file}: a zip file without data.pkl, so not one that torch.save wrote`);
  const folder = pickle.slice(0, -'data.pkl'.length);
  const order = entries[`${folder}byteorder`];
  if (order && new TextDecoder().decode(order).trim() !== 'little') {
    throw new Failure(`${file}: written on a big-endian machine, which is not read`);
  }
  const storage = (id: unknown): Storage => {
    const [, reference, key] = id as [string, unknown, string];
    const name = reference instanceof Reference ? reference.name : '';
    const content = entries[`${folder}data/${key}`];
    if (!content) throw new Failure(`${file}: the storage '${key}' is missing`);
    return { bytes: content, ...(storages[name] && { type: storages[name] }) };
  };

  const state = stateOf(unpickle(entries[pickle]!, storage), file);
  const tensors = new Map<string, StoredTensor>();
  for (const [name, value] of state) {
    const tensor = tensorOf(value, `${file}: '${String(name)}'`);
    if (tensor) tensors.set(String(name), tensor);
  }
  return { tensors: withoutPrefix(tensors, 'module.'), metadata: {} };
}

function unzip(bytes: Uint8Array, file: string): Unzipped {
  try {
    return unzipSync(bytes);
  } catch (error) {
    throw new Failure(`${file}: a broken zip file (${(error as Error).message})`);
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
  if (!(value instanceof Made)) return undefined;
  if (value.by === 'torch._utils._rebuild_parameter') return tensorOf(value.from[0], name);
  if (value.by !== 'torch._utils._rebuild_tensor_v2') return undefined;
  const [storage, offset, shape, strides] = value.from as [Storage, number, number[], number[]];
  const { type, bytes } = storage;
  if (!type) return undefined;
  const last = shape.reduce((index, size, axis) => index + Math.max(0, size - 1) * strides[axis]!, offset);
  if (shape.every(Boolean) && (last + 1) * bytesOf[type] > bytes.length) {
    throw new Failure(`${name} lies outside its storage; the file is cut off`);
  }
  return { shape, read: () => gather(decodeElements(bytes, type, name), offset, shape, strides) };
}

/** The values of a strided view in C order. */
function gather(values: Float32Array, offset: number, shape: number[], strides: number[]): Float32Array {
  const count = shape.reduce((product, size) => product * size, 1);
  let expected = 1;
  const contiguous = [...shape.keys()].reverse().every((axis) => {
    const fits = shape[axis] === 1 || strides[axis] === expected;
    expected *= shape[axis]!;
    return fits;
  });
  if (contiguous) return values.subarray(offset, offset + count);
  const gathered = new Float32Array(count);
  for (let index = 0; index < count; index++) {
    let rest = index;
    let from = offset;
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
