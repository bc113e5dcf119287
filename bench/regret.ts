// What a rule that ends a run early saves and what it costs, beside an oracle that knows the whole run: patience with the
// validation loss, and the maps' change over the noise floor (docs/convergence.md).
//   npx tsx bench/regret.ts                        the tables, from the figures in docs/results/regret
//   npx tsx bench/regret.ts --make [--data DIR] [--weights PATH] [--work DIR] [--most N]
// --make: makes the runs that are missing there, N at most, and then prints the tables. A run takes one to four minutes on
// two cores; Ctrl-C stops after a step, and the same command goes on. DIR has clothing/ and imagenette/, with train/ and val/
// each; PATH is a ResNet-50 to start from.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeFileAtomic } from '../src/files/write-atomic.js';
import { plannedRuns } from './regret/scenarios.js';
import { regretTables } from './regret/tables.js';
import type { RegretRun } from './regret/types.js';

const { values } = parseArgs({
  options: {
    from: { type: 'string', default: 'docs/results/regret' },
    make: { type: 'boolean', default: false },
    data: { type: 'string', default: 'data' },
    weights: { type: 'string', default: 'checkpoints/resnet50-imagenette' },
    work: { type: 'string', default: 'runs/regret' },
    most: { type: 'string', default: 'Infinity' },
  },
});
const path = join(values.from, 'runs.jsonl');

if (values.make) await makeMissing();
console.log(regretTables(read()).join('\n'));

function read(): RegretRun[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RegretRun);
}

async function makeMissing(): Promise<void> {
  const { makeRun } = await import('./regret/make-run.js');
  let left = Number(values.most);
  for (const planned of plannedRuns()) {
    const done = read();
    if (done.some(({ data, scenario, seed }) => data === planned.data && scenario === planned.scenario && seed === planned.seed)) continue; // prettier-ignore
    if (left-- <= 0) return;
    console.error(`${planned.data}, ${planned.scenario}, seed ${planned.seed}`);
    const run = await makeRun(planned, values, (line) => console.error(`  ${line}`));
    if (!run) return;
    await writeFileAtomic(path, [...done, run].map((one) => `${JSON.stringify(one)}\n`).join(''));
  }
}
