import { dirname, join } from 'node:path';
import { Failure, show } from '../../errors.js';
import { isObject } from '../../text/is-object.js';
import { readRegularFile } from '../../files/read-file.js';
import type { WeightFile } from './types.js';

/** More than any such index has. */
const indexBytes = 64 * 2 ** 20;
const mostShards = 1000;

/**
 * Reads weights that lie in several files, which an index names (model.safetensors.index.json).
 *
 * @param read reads one of the files
 * @throws Failure where the index is malformed, names a file of another folder, or a tensor that its file has not
 */
export async function readSharded(
  path: string,
  read: (path: string) => Promise<WeightFile>,
): Promise<WeightFile> {
  const json = parse(await readRegularFile(path, indexBytes), path);
  const entries = Object.entries(json);
  const files = [...new Set(entries.map(([, file]) => file))];
  if (files.length > mostShards)
    throw new Failure(`${path}: names ${files.length} files, more than ${mostShards}`);
  const whole: WeightFile = { tensors: new Map(), metadata: {} };
  for (const file of files) {
    if (typeof file !== 'string' || /[/\\]/.test(file) || file.startsWith('.')) {
      throw new Failure(`${path}: expected names of files beside it, found ${show(file)}`);
    }
    const shard = await read(join(dirname(path), file));
    for (const [name, tensor] of shard.tensors) {
      if (json[name] === file) whole.tensors.set(name, tensor);
    }
  }
  return whole;
}

function parse(content: Buffer, path: string): Record<string, unknown> {
  try {
    const { weight_map: map } = JSON.parse(content.toString()) as { weight_map?: unknown };
    if (isObject(map)) return map;
  } catch {
    // Said below.
  }
  throw new Failure(`${path}: expected an index of weights with weight_map`);
}
