import { realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { Failure, show } from '../../errors.js';
import { readRegularFile, regularFileSize } from '../../files/read-file.js';
import { readPart } from '../weights/index.js';
import { decodeOnnx, type OnnxModel, type OnnxTensor } from './messages.js';
import { ownFile, skeletonOf } from './skeleton.js';
import { numberOf, type ExternalBytes } from './tensors.js';

/** What Node reads in one piece. */
const largestTensor = 2 ** 31 - 1;
/** Files up to this are read whole; of larger ones, tensors are read when they are asked for. */
const smallFile = 2 ** 25;
const lowestOpset = 11;

/** A decoded file, and how to read what it keeps in others. */
export interface OnnxFile {
  model: OnnxModel;
  external: ExternalBytes;
  opset: number;
}

/**
 * Reads an ONNX file. Weights in files beside it, and those of a large file, are read when they are asked for.
 *
 * @param wholeFile bytes of the largest file that is read in one piece
 * @throws Failure where it cannot be read, is no ONNX model or has an opset before 11
 */
export async function readOnnx(path: string, wholeFile = smallFile): Promise<OnnxFile> {
  const size = await regularFileSize(path, Infinity);
  const model = decoded(
    size > wholeFile ? () => skeletonOf(path, size) : await readRegularFile(path, wholeFile),
    path,
  );
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

function decoded(bytes: Uint8Array | (() => Uint8Array), path: string): OnnxModel {
  try {
    return decodeOnnx(typeof bytes === 'function' ? bytes() : bytes);
  } catch (error) {
    const cutOff = error instanceof RangeError;
    throw new Failure(
      `${path}: ${cutOff ? 'an ONNX file that is cut off or broken' : 'no ONNX file, or a broken one'}`,
      { cause: error },
    );
  }
}

/** The bytes of a tensor that lie in another file of the same folder, or were left in the model's own. */
function externalBytes(tensor: OnnxTensor, path: string): ReturnType<ExternalBytes> {
  const entry = (key: string) => tensor.external_data.find((pair) => pair.key === key)?.value;
  const name = `${path}: '${tensor.name}'`;
  const location = entry('location') ?? '';
  const folder = realpathSync(dirname(path));
  const file = location === ownFile ? path : within(folder, location);
  if (!file)
    throw new Failure(
      `${name}: its data is to lie in ${show(location)}, which is not a file in the model's own folder`,
    );
  const offset = Number(entry('offset') ?? 0);
  const { size } = statSync(file);
  const length = Number(entry('length') ?? size - offset);
  const fits = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
  if (!fits || offset + length > size || length > largestTensor) {
    throw new Failure(
      `${name}: its data (${length} bytes from ${offset}) lies outside ${show(location)}, which has ${size} bytes`,
    );
  }
  return { length, read: () => readPart(file, offset, length, name) };
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
