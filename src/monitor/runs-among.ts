import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { invalid } from '../errors.js';
import { firstFew } from '../text/format.js';

/**
 * The folders of runs among those that somebody names, as `runs/*` also finds others. A single one is taken as it is.
 *
 * @param tell hears, once, what is left out
 * @throws InvalidInput where none is the folder of a run
 */
export function runsAmong(named: readonly string[], tell: (line: string) => void): string[] {
  if (named.length === 1) return [...named];
  const runs = named.filter((folder) => existsSync(join(folder, 'metrics.jsonl')));
  const others = named.filter((folder) => !runs.includes(folder));
  if (runs.length === 0) throw invalid('RUN', 'the folder of a run (with metrics.jsonl) among them', named);
  if (others.length > 0) tell(`left out, no runs (there is no metrics.jsonl): ${firstFew(others)}`);
  return runs;
}
