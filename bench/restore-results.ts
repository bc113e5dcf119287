// Makes the folder of a comparison from its archived raw outcomes (bench/archive-results.ts), without the networks: the
// report can be drawn, and a comparison that was not at its end goes on there with its own command.
//   npx tsx bench/restore-results.ts docs/results/NAME --out runs/NAME
import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { plannedRuns, readPlan, writeResult } from '../src/compare/index.js';
import { writeFileAtomic } from '../src/files/write-atomic.js';
import { archivedRuns, archivedStarts } from './archived.js';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { out: { type: 'string' } } });
const [archive] = positionals;
const { out } = values;
if (!archive || !out) throw new Error('expected a folder with runs.jsonl.br, and --out');

await mkdir(out, { recursive: true });
if ((await readdir(out)).length > 0) throw new Error(`${out}: expected an empty folder, or none`);
await copyFile(join(archive, 'compare.yaml'), join(out, 'compare.yaml'));
for (const { name, text } of await archivedStarts(archive)) await writeFileAtomic(join(out, name), text);
const results = await archivedRuns(archive);
const runs = plannedRuns(out, await readPlan(out));
for (const result of results) {
  const { arm, seed } = result;
  const run = runs.find((planned) => planned.arm === arm && planned.seed === seed);
  if (!run) throw new Error(`${archive}: ${arm}, ${seed} is not a run of its compare.yaml`);
  await mkdir(run.folder, { recursive: true });
  await writeResult(run.folder, result);
}
console.log(`${results.length} of ${runs.length} runs in ${out}`);
