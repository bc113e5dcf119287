import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import type { RunResult } from '../src/compare/index.js';

/** The runs that bench/archive-results.ts has kept in a folder. */
export async function archivedRuns(folder: string): Promise<RunResult[]> {
  const text = brotliDecompressSync(await readFile(join(folder, 'runs.jsonl.br'))).toString('utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as RunResult);
}
