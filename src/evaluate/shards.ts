import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Share } from '../data/index.js';

/** The file of results of one of several processes: images.1-of-4.jsonl. */
export function shardName({ rank, size }: Share): string {
  return `images.${rank}-of-${size}.jsonl`;
}

export function isShard(name: string): boolean {
  return /^images\.\d+-of-\d+\.jsonl$/.test(name);
}

/** The files that several processes have left in a folder, those of another number of processes too. */
export function shardsIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter(isShard)
    .sort()
    .map((name) => join(folder, name));
}

/**
 * Puts the results of several processes into the file of one, and removes theirs: a kill in between leaves lines twice,
 * and none is lost. Nothing where there are no such files.
 *
 * @param path images.jsonl
 * @param lines all that belongs into it
 * @returns whether there were such files
 */
export function joinShards(path: string, lines: readonly object[]): boolean {
  const shards = shardsIn(dirname(path));
  if (shards.length === 0) return false;
  writeLines(path, lines);
  shards.forEach((shard) => rmSync(shard, { force: true }));
  return true;
}

/** Replaces a file of JSON lines as a whole. */
export function writeLines(path: string, lines: readonly object[]): void {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  const file = openSync(temporary, 'w');
  try {
    // Line by line: all of them may be longer than a string can be.
    for (const line of lines) writeSync(file, `${JSON.stringify(line)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}
