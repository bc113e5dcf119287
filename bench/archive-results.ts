// Keeps the raw outcomes of a comparison: every figure of every validation image in every run, small enough for a
// repository. bench/recompute.ts prints the tables from them, bench/restore-results.ts makes the comparison of them again.
//   npx tsx bench/archive-results.ts COMPARISON --out docs/results/NAME [--partial]
// Writes compare.yaml, start.json (of each draw), runs.jsonl.br (a run a line, as its result.json; figures with six
// digits), and machine.json. --partial: also where runs are still to be done.
import { cpus } from 'node:os';
import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { brotliCompressSync, constants } from 'node:zlib';
import { comparisonReport } from '../src/compare/index.js';
import { writeFileAtomic } from '../src/files.js';

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
const starts = (await readdir(folder)).filter((name) => /^start(-draw-\d+)?\.json$/.test(name));
for (const name of ['compare.yaml', ...starts]) await copyFile(join(folder, name), join(out, name));
// Runs repeat the names of images at distances that gzip does not look back to.
const WIDE = { [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS };
const short = (_: string, value: unknown): unknown =>
  typeof value === 'number' ? Number(value.toPrecision(6)) : value;
const lines = results.map((result) => `${JSON.stringify(result, short)}\n`).join('');
await writeFileAtomic(join(out, 'runs.jsonl.br'), brotliCompressSync(lines, { params: WIDE }));
const machine = { processor: cpus()[0]?.model, cores: cpus().length, node: process.version };
await writeFileAtomic(join(out, 'machine.json'), `${JSON.stringify(machine, null, 2)}\n`);
console.log(`${results.length} of ${planned} runs in ${out}`);
