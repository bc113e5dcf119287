// Prints the figures of a comparison from its archived raw outcomes (bench/archive-results.ts), with both intervals.
//   npx tsx bench/recompute.ts docs/results/NAME [--figure top1] [--control plain] [--arms a,b] [--seeds 1-8] [--draws]
// --figure: top1, top5, loss, blurredTop1, swappedTop1, swapGap, energyLafam, energyGradCam, equalTimeTop1, seconds, …
import { parseArgs } from 'node:util';
import { figuresOf, summarize } from '../src/compare/index.js';
import { differenceCell, holmCell, meanCell, seedsCell, studentCell } from '../src/compare/page/cells.js';
import { archivedRuns } from './archived.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    figure: { type: 'string', default: 'top1' },
    control: { type: 'string', default: 'plain' },
    arms: { type: 'string' },
    seeds: { type: 'string' },
    draws: { type: 'boolean', default: false },
  },
});
const [folder] = positionals;
if (!folder) throw new Error('expected a folder with runs.jsonl.br');

const all = await archivedRuns(folder);
const [first = -Infinity, last = Infinity] = values.seeds?.split('-').map(Number) ?? [];
const arms = values.arms?.split(',');
const runs = all.filter(
  ({ arm, seed }) => seed >= first && seed <= last && (!arms || arm === values.control || arms.includes(arm)),
);
const figure = figuresOf(runs)[values.figure];
if (!figure) throw new Error(`--figure: expected one of ${Object.keys(figuresOf(runs)).join(', ')}`);

console.log(`${values.figure}: ${figure.about}; minus ${values.control}`);
console.log(['arm', 'runs', 'mean', 'bootstrap', "Student's", "p (Holm's)", 'each'].join('\t'));
const summaries = summarize(runs, { control: values.control, draws: values.draws });
for (const [arm, { seeds, figures }] of Object.entries(summaries)) {
  const found = figures[values.figure]!;
  const cells = [
    arm,
    seeds.length,
    meanCell(found, figure.unit),
    differenceCell(found, figure.unit),
    studentCell(found, figure.unit),
    holmCell(found),
    seedsCell(found, figure.unit),
  ];
  console.log(cells.join('\t'));
}
