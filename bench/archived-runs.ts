import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { RunResult } from '../src/compare/index.js';

/** The runs that bench/archive-results.ts has kept in a folder. */
export async function archivedRuns(folder: string): Promise<RunResult[]> {
  const text = gunzipSync(await readFile(join(folder, 'runs.jsonl.gz'))).toString('utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as RunResult);
}
