// Keeps the raw outcomes of a comparison: every figure of every validation image in every run, small enough for a
// repository. bench/recompute.ts prints the tables from them.
//   npx tsx bench/archive-results.ts COMPARISON --out docs/results/NAME
// Writes compare.yaml, runs.jsonl.gz (a run a line, as its result.json), and machine.json.
import { cpus } from 'node:os';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { comparisonReport } from '../src/compare/index.js';
import { writeFileAtomic } from '../src/files.js';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { out: { type: 'string' } } });
const [folder] = positionals;
const { out } = values;
if (!folder || !out) throw new Error('expected the folder of a comparison, and --out');

const { results, done, planned } = await comparisonReport(folder);
if (done < planned) throw new Error(`${folder}: ${done} of ${planned} runs are done`);
await mkdir(out, { recursive: true });
await copyFile(join(folder, 'compare.yaml'), join(out, 'compare.yaml'));
const lines = results.map((result) => `${JSON.stringify(result)}\n`).join('');
await writeFileAtomic(join(out, 'runs.jsonl.gz'), gzipSync(lines, { level: 9 }));
const machine = { processor: cpus()[0]?.model, cores: cpus().length, node: process.version };
await writeFileAtomic(join(out, 'machine.json'), `${JSON.stringify(machine, null, 2)}\n`);
console.log(`${results.length} runs in ${out}`);
