// Makes the folder of a comparison from its archived raw outcomes (bench/archive-results.ts), without the networks: the
// report can be drawn, and a comparison that was not at its end goes on there with its own command.
//   npx tsx bench/restore-results.ts docs/results/NAME --out runs/NAME
import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { plannedRuns, readPlan, writeResult } from '../src/compare/index.js';
import { archivedRuns } from './archived-runs.js';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { out: { type: 'string' } } });
const [archive] = positionals;
const { out } = values;
if (!archive || !out) throw new Error('expected a folder with runs.jsonl.br, and --out');

await mkdir(out, { recursive: true });
if ((await readdir(out)).length > 0) throw new Error(`${out}: expected an empty folder, or none`);
for (const name of await readdir(archive)) {
  if (/^(compare\.yaml|start.*\.json)$/.test(name)) await copyFile(join(archive, name), join(out, name));
}
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
