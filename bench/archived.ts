import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { writeFileAtomic } from '../src/files/write-atomic.js';
import type { RunResult } from '../src/compare/index.js';

/** A file of a comparison as it was. */
export interface ArchivedFile {
  name: string;
  text: string;
}

/** The runs that bench/archive-results.ts has kept in a folder. */
export function archivedRuns(folder: string): Promise<RunResult[]> {
  return readLines(join(folder, 'runs.jsonl.br'));
}

/** Keeps runs, with six digits of every figure. */
export function archiveRuns(folder: string, runs: readonly RunResult[]): Promise<void> {
  const short = (_: string, value: unknown): unknown =>
    typeof value === 'number' ? Number(value.toPrecision(6)) : value;
  return writeLines(
    join(folder, 'runs.jsonl.br'),
    runs.map((run) => JSON.stringify(run, short)),
  );
}

/** What was measured before training, of each draw: files that bench/archive-results.ts has kept in a folder. */
export function archivedStarts(folder: string): Promise<ArchivedFile[]> {
  return readLines(join(folder, 'starts.jsonl.br'));
}

export function archiveStarts(folder: string, files: readonly ArchivedFile[]): Promise<void> {
  return writeLines(
    join(folder, 'starts.jsonl.br'),
    files.map((file) => JSON.stringify(file)),
  );
}

async function readLines<T>(path: string): Promise<T[]> {
  const lines = brotliDecompressSync(await readFile(path))
    .toString('utf8')
    .trimEnd()
    .split('\n');
  return lines.map((line) => JSON.parse(line) as T);
}

/** Lines repeat the names of images at distances that gzip does not look back to. */
async function writeLines(path: string, lines: readonly string[]): Promise<void> {
  const params = { [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS };
  await writeFileAtomic(path, brotliCompressSync(lines.map((line) => `${line}\n`).join(''), { params }));
}
