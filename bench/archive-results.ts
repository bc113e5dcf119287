// Keeps the raw outcomes of a comparison: every figure of every validation image in every run, small enough for a
// repository. bench/recompute.ts prints the tables from them, bench/restore-results.ts makes the comparison of them again.
//   npx tsx bench/archive-results.ts COMPARISON --out docs/results/NAME [--partial]
// Writes compare.yaml, starts.jsonl.br (start.json, of each draw), runs.jsonl.br (a run a line, as its result.json; figures
// with six digits), and machine.json. --partial: also where runs are still to be done.
import { cpus } from 'node:os';
import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { comparisonReport } from '../src/compare/index.js';
import { writeFileAtomic } from '../src/files/write-atomic.js';
import { archiveRuns, archiveStarts } from './archived.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { out: { type: 'string' }, partial: { type: 'boolean', default: false } },
});
const [folder] = positionals;
const { out } = values;
if (!folder || !out) throw new Error('expected the folder of a comparison, and --out');

const { results, done, planned } = await comparisonReport(folder);
if (done < planned && !values.partial) throw new Error(`${folder}: ${done} of ${planned} runs are done`);
await mkdir(out, { recursive: true });
const names = (await readdir(folder)).filter((name) => /^start(-draw-\d+)?\.json$/.test(name));
const starts = names.map(async (name) => ({ name, text: await readFile(join(folder, name), 'utf8') }));
await copyFile(join(folder, 'compare.yaml'), join(out, 'compare.yaml'));
await archiveStarts(out, await Promise.all(starts));
await archiveRuns(out, results);
const machine = { processor: cpus()[0]?.model, cores: cpus().length, node: process.version };
await writeFileAtomic(join(out, 'machine.json'), `${JSON.stringify(machine, null, 2)}\n`);
console.log(`${results.length} of ${planned} runs in ${out}`);
