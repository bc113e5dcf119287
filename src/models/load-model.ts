import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Failure, invalid, phrase } from '../errors.js';
import { printable } from '../text/printable.js';
import { regularFileSize, unreadable } from '../files/read-file.js';
import { fromOnnx } from './onnx/index.js';
import { reorderOutputs, withNewHead } from './new-head.js';
import { readHubConfig, type HubConfig } from './hub-config.js';
import { fromIndex, fromKeras, fromKeras3, fromLayersModel, fromSafetensors, fromTorch } from './sources.js';
import { weightsIn } from './weights-folder.js';
import type { LoadedModel, LoadOptions } from './loaded-model.js';

/**
 * Loads a network from any kind of --weights: a folder with model.json (a camtune checkpoint), a tfjs LayersModel,
 * .safetensors, a PyTorch state_dict, a Keras .h5 or .keras, an ONNX classifier. What the file is shows in its first bytes, not in its name.
 *
 * @throws Failure where the file is broken or does not fit the network; InvalidInput where it is missing
 */
export async function loadModel(path: string, options: LoadOptions = {}): Promise<LoadedModel> {
  const loaded = await read(path, options).catch((error: unknown) => inOneLine(error, path));
  const { classes, classNames, seed = 0 } = options;
  const notes = [...loaded.notes];
  let { model, classNames: names } = loaded;
  let isNew = loaded.newHead === true;
  const found = model.outputs[0]!.shape.at(-1)!;
  const wanted = classNames?.length ?? classes ?? found;
  const others = classNames && names && classNames.join('\n') !== names.join('\n');
  const order = others ? classNames.map((name) => names!.indexOf(name)) : [];
  if (others && wanted === found && !order.includes(-1)) {
    reorderOutputs(model, order);
    notes.push('outputs put in the order of the classes asked for');
  } else if (wanted !== found || others) {
    model = withNewHead(model, wanted, seed);
    notes.push(`new head for ${wanted} classes: the weights are for ${wanted === found ? 'others' : found}`);
    names = undefined;
    isNew = true;
  }
  names = classNames ?? names;
  const preprocessing = options.preprocessing ?? loaded.preprocessing;
  const { layout } = loaded;
  return {
    model,
    preprocessing,
    notes,
    ...(names && { classNames: names }),
    ...(layout && { layout }),
    ...(isNew && { newHead: true }),
  };
}

/** What a file says of itself (names of tensors, text of its metadata) stays inside the sentence about it. */
function inOneLine(error: unknown, path: string): never {
  // tfjs walks through a network layer by layer, each one inside of the one behind it.
  if (error instanceof RangeError && /call stack/.test(error.message))
    throw new Failure(`${printable(path)}: has too many layers one after the other`, { cause: error });
  if (error instanceof Failure) throw new Failure(printable(error.message), { cause: error });
  throw error;
}

async function read(path: string, options: LoadOptions): Promise<LoadedModel> {
  const entry = await stat(path).catch(() => undefined);
  if (!entry) throw invalid(path, 'weights (a file or a folder)', undefined);
  if (!entry.isDirectory()) return readFile(path, options);
  const file = await weightsIn(path);
  if (basename(file) === 'model.json') return fromLayersModel(file);
  return readFile(file, options, await readHubConfig(path));
}

async function readFile(path: string, options: LoadOptions, beside?: HubConfig): Promise<LoadedModel> {
  const size = await regularFileSize(path, Infinity);
  const start = await firstBytes(path, 64);
  const begins = (...bytes: number[]) => bytes.every((byte, index) => start[index] === byte);
  if (begins(0x89, 0x48, 0x44, 0x46)) return fromKeras(path, options);
  const entry = new TextDecoder().decode(start.subarray(30, 30 + (start[26] ?? 0)));
  // The first file in a zip file: Keras's are these.
  const isKeras = path.endsWith('.keras') || /^(metadata\.json|config\.json|model\.weights\.h5)$/.test(entry);
  if (begins(0x50, 0x4b) && isKeras) return fromKeras3(path, options);
  if (begins(0x50, 0x4b)) return fromTorch(path, options, beside);
  if (start[8] === 0x7b) return fromSafetensors(path, options, beside);
  if (start[0] === 0x7b && path.endsWith('.index.json')) return fromIndex(path, options, beside);
  if (start[0] === 0x7b) return fromLayersModel(path);
  // The version of ONNX's own format, which its first field holds.
  if ((start[0] === 0x08 && start[1]! < 0x40) || path.endsWith('.onnx'))
    return fromOnnx(path, options, beside);
  if (begins(0x80, 0x02)) {
    throw new Failure(
      `${path}: PyTorch's format before 1.6 is not read; torch.save(torch.load(path), path) renews it`,
    );
  }
  throw invalid(
    path,
    'a model.json, .onnx, .safetensors, state_dict of torch.save, Keras .h5 or .keras',
    phrase(size === 0 ? 'an empty file' : 'a file of another kind'),
  );
}

async function firstBytes(path: string, count: number): Promise<Uint8Array> {
  const file = await open(path).catch(unreadable(path));
  try {
    const { buffer } = await file.read(Buffer.alloc(count), 0, count, 0);
    return buffer;
  } finally {
    await file.close();
  }
}
