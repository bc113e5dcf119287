import { closeSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { Failure, show } from '../../errors.js';
import { readRegularFile } from '../../read-file.js';
import { decodeOnnx, type OnnxModel, type OnnxTensor } from './messages.js';
import { numberOf, type ExternalBytes } from './tensors.js';

/** What Node reads in one piece. */
const largestFile = 2 ** 31 - 1;
const lowestOpset = 11;

/** A decoded file, and how to read what it keeps in others. */
export interface OnnxFile {
  model: OnnxModel;
  external: ExternalBytes;
  opset: number;
}

/**
 * Reads an ONNX file. Weights in files beside it are read when they are asked for.
 *
 * @throws Failure where it cannot be read, is no ONNX model or has an opset before 11
 */
export async function readOnnx(path: string): Promise<OnnxFile> {
  const bytes = await readRegularFile(path, largestFile);
  const model = decoded(bytes, path);
  if (!model.graph || model.graph.node.length === 0) {
    throw new Failure(`${path}: holds no ONNX graph: it is cut off, empty, or a file of another kind`);
  }
  const own = model.opset_import.find(({ domain }) => domain === '' || domain === 'ai.onnx');
  const opset = own ? numberOf(own.version) : 0;
  if (opset < lowestOpset) {
    throw new Failure(
      `${path}: has opset ${opset}; from ${lowestOpset} on they are read (torch.onnx.export(..., opset_version=17))`,
    );
  }
  return { model, opset, external: (tensor) => externalBytes(tensor, path) };
}

function decoded(bytes: Uint8Array, path: string): OnnxModel {
  try {
    return decodeOnnx(bytes);
  } catch (error) {
    const cutOff = error instanceof RangeError;
    throw new Failure(
      `${path}: ${cutOff ? 'an ONNX file that is cut off or broken' : 'no ONNX file, or a broken one'}`,
      { cause: error },
    );
  }
}

/** The bytes of a tensor that lie in another file of the same folder. */
function externalBytes(tensor: OnnxTensor, path: string): Uint8Array {
  const entry = (key: string) => tensor.external_data.find((pair) => pair.key === key)?.value;
  const name = `${path}: '${tensor.name}'`;
  const location = entry('location') ?? '';
  const folder = realpathSync(dirname(path));
  const file = within(folder, location);
  if (!file)
    throw new Failure(
      `${name}: its data is to lie in ${show(location)}, which is not a file in the model's own folder`,
    );
  const offset = Number(entry('offset') ?? 0);
  const { size } = statSync(file);
  const length = Number(entry('length') ?? size - offset);
  const fits = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
  if (!fits || offset + length > size || length > largestFile) {
    throw new Failure(
      `${name}: its data (${length} bytes from ${offset}) lies outside ${show(location)}, which has ${size} bytes`,
    );
  }
  const bytes = new Uint8Array(length);
  const handle = openSync(file, 'r');
  try {
    for (let done = 0; done < length;) {
      const count = readSync(handle, bytes, done, length - done, offset + done);
      if (count === 0) throw new Failure(`${name}: ${show(location)} changed while it was read`);
      done += count;
    }
  } finally {
    closeSync(handle);
  }
  return bytes;
}

/** The regular file of that name in a folder, links followed; undefined where it lies elsewhere or is none. */
function within(folder: string, location: string): string | undefined {
  if (location === '' || isAbsolute(location) || location.includes('\0')) return undefined;
  try {
    const file = realpathSync(join(folder, location));
    const way = relative(folder, file);
    const inside = way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
    return inside && statSync(file).isFile() ? file : undefined;
  } catch {
    return undefined;
  }
}
