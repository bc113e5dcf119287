import { dirname, extname, join } from 'node:path';
import type { SkippedFile } from '../../data/index.js';
import type { Run } from './run.js';

/**
 * Keeps account of the files that could not be read, each once, and says so at the first time. The account is a part
 * of the state: a resumed run's summary names what was found before.
 *
 * @param from folder of the data set, or its table of labels, as the recipe has it: training and validation may use the
 *   same names below it
 */
export function noteSkipped({ state, out }: Run, from: string, files: readonly SkippedFile[]): void {
  const dir = extname(from).toLowerCase() === '.csv' ? dirname(from) : from;
  const known = new Set(state.skipped.map(({ file }) => file));
  for (const { file, reason } of files) {
    const path = join(dir, file);
    if (known.has(path)) continue;
    state.skipped.push({ file: path, reason });
    out.log(`skipped ${path}: ${reason}`);
  }
}
