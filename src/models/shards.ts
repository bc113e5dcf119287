import { realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { Failure } from '../errors.js';
import { systemReason } from '../files/folders.js';
import { regularFileSize, readRegularFile } from '../files/read-file.js';

/**
 * Reads the files that a model.json names, one behind the other. None may lie outside its folder, links followed:
 * a model from elsewhere has no business in other files.
 *
 * @param names as the model.json gives them, relative to the folder
 * @param expected bytes that they have together; nothing is read before that is sure
 * @param model path of the model.json, for messages
 * @throws Failure
 */
export async function readShards(
  folder: string,
  names: readonly string[],
  expected: number,
  model: string,
): Promise<ArrayBuffer> {
  const sizes: number[] = [];
  for (const name of names) {
    await stayInside(folder, name, model);
    sizes.push(await regularFileSize(join(folder, name), expected, `${model} names it`));
  }
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total !== expected) {
    const fix = total < expected ? 'a shard is cut off' : 'it is of another model';
    throw new Failure(`${model}: its weights have ${total} bytes, expected ${expected}; ${fix}`);
  }
  const data = new Uint8Array(expected);
  let offset = 0;
  for (const [index, name] of names.entries()) {
    const shard = await readRegularFile(join(folder, name), sizes[index]!);
    if (shard.length !== sizes[index]) throw new Failure(`${join(folder, name)}: changed while it was read`);
    data.set(shard, offset);
    offset += shard.length;
  }
  return data.buffer;
}

async function stayInside(folder: string, name: string, model: string): Promise<void> {
  const path = join(folder, name);
  const [root, target] = await Promise.all([
    realpath(folder),
    realpath(path).catch((error: NodeJS.ErrnoException) => {
      const reason = error.code?.startsWith('ERR_') ? 'no file name' : systemReason(error);
      throw new Failure(`${path}: cannot be read: ${reason}; ${model} names it`);
    }),
  ]);
  if (!target.startsWith(root.endsWith(sep) ? root : root + sep)) {
    const where = target === path ? '' : ` (${target})`;
    throw new Failure(
      `${model}: names '${name}'${where}, which lies outside its folder; put the file beside it`,
    );
  }
}
