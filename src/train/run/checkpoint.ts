import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { lstat, mkdir, open, readdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { Failure } from '../../errors.js';
import { writeFileAtomic } from '../../files/write-atomic.js';
import { readRegularFile } from '../../files/read-file.js';
import { type ModelInformation, saveModel } from '../../models/index.js';
import { type RunState, STATE } from './run-state.js';

/** What a checkpoint keeps beside the state. */
export interface CheckpointContent {
  model: LayersModel;
  information: ModelInformation;
  slots: readonly tf.Variable[];
}

const SLOTS = 'momentum.bin';

/**
 * Writes `checkpoints/step-NNNNNNN/`: the network as a plain tfjs LayersModel, momentum, and the position of the run.
 * The folder appears whole or not at all; then `last` (and `best`) point to it, and old ones go.
 *
 * @param best whether it is the best so far
 * @param keep how many of the newest stay, beside the best
 */
export async function writeCheckpoint(
  folder: string,
  state: RunState,
  content: CheckpointContent,
  { best, keep }: { best: boolean; keep: number },
): Promise<string> {
  const name = `step-${String(state.step).padStart(7, '0')}-${state.epoch}-${state.batch}`;
  await mkdir(folder, { recursive: true });
  const temporary = join(folder, `.${name}.${randomBytes(4).toString('hex')}.tmp`);
  try {
    await saveModel(content.model, temporary, content.information);
    await writeFileAtomic(join(temporary, SLOTS), joined(content.slots));
    await writeFileAtomic(join(temporary, STATE), `${JSON.stringify(state, null, 2)}\n`);
    await flushFolder(temporary);
    const path = join(folder, name);
    await rm(path, { recursive: true, force: true });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw new Failure(`${folder}: the checkpoint cannot be written (${(error as Error).message})`);
  }
  if (best) await pointTo(folder, 'best', name);
  await pointTo(folder, 'last', name);
  await flushFolder(folder);
  await prune(folder, keep);
  return join(folder, name);
}

/** The folder of the newest checkpoint, or undefined where there is none yet. */
export async function lastCheckpoint(folder: string): Promise<string | undefined> {
  const isWhole = (name: string): boolean => existsSync(join(folder, name, STATE));
  if (isWhole('last')) return join(folder, 'last');
  // Whoever copies a run may lose its links; every checkpoint that is there is whole.
  const names = existsSync(folder) ? await readdir(folder) : [];
  const newest = newestFirst(names).find(isWhole);
  return newest && join(folder, newest);
}

/** Puts momentum back, in the order in which it was written. */
export async function restoreSlots(checkpoint: string, slots: readonly tf.Variable[]): Promise<void> {
  const path = join(checkpoint, SLOTS);
  const bytes = await readRegularFile(path, Infinity);
  const expected = slots.reduce((sum, slot) => sum + slot.size * 4, 0);
  if (bytes.length !== expected) {
    throw new Failure(
      `${path}: expected ${expected} bytes for the trained weights, found ${bytes.length}: the file is not whole, or model.freeze was changed`,
    );
  }
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  let offset = 0;
  for (const slot of slots) {
    tf.tidy(() => slot.assign(tf.tensor(values.slice(offset, offset + slot.size), slot.shape)));
    offset += slot.size;
  }
}

function joined(slots: readonly tf.Variable[]): Uint8Array {
  const values = new Float32Array(slots.reduce((sum, slot) => sum + slot.size, 0));
  let offset = 0;
  for (const slot of slots) {
    values.set(slot.dataSync(), offset);
    offset += slot.size;
  }
  return new Uint8Array(values.buffer);
}

/** A symbolic link is replaced in one go: a reader finds the old one or the new one. */
async function pointTo(folder: string, link: string, target: string): Promise<void> {
  const path = join(folder, link);
  const temporary = join(folder, `.${link}.${randomBytes(4).toString('hex')}.tmp`);
  await symlink(target, temporary, 'dir');
  // A copy of a run may hold a folder where the link was; no rename goes over that.
  if (!(await isLink(path))) await rm(path, { recursive: true, force: true });
  await rename(temporary, path);
}

function isLink(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isSymbolicLink(),
    () => false,
  );
}

/** Removes all but the newest checkpoints, those that a link names, and what a kill left half-written. */
async function prune(folder: string, keep: number): Promise<void> {
  const names = await readdir(folder);
  const linked = new Set<string>();
  for (const name of ['last', 'best']) {
    const path = join(folder, name);
    if (await isLink(path)) linked.add(basename(await readlink(path)));
  }
  const old = newestFirst(names)
    .slice(keep)
    .filter((name) => !linked.has(name));
  const leftovers = names.filter((name) => name.startsWith('.') && name.endsWith('.tmp'));
  for (const name of [...old, ...leftovers]) await rm(join(folder, name), { recursive: true, force: true });
}

/** The checkpoints among the names, by the position in the run that their names tell. */
function newestFirst(names: readonly string[]): string[] {
  const position = (name: string): number[] => name.split('-').slice(1).map(Number);
  return names.filter((name) => name.startsWith('step-')).sort((a, b) => compare(position(b), position(a)));
}

function compare(a: number[], b: number[]): number {
  const differing = a.findIndex((value, index) => value !== b[index]);
  return differing < 0 ? 0 : a[differing]! - b[differing]!;
}

/** The names in a folder, too, must have reached the disk. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
