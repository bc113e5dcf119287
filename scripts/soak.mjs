// npm run soak -- [--copies 4] [--rounds 5] [--keep DIR] [PATH...]: tests many times over, several copies at once, as on a
// busy machine. Prints how the copies ended; exit status 1 where one did not pass.
import { spawn } from 'node:child_process';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './bootstrap.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    copies: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '5' },
    keep: { type: 'string', default: join('runs', 'soak') },
  },
});
const [copies, rounds] = ['copies', 'rounds'].map((name) => {
  if (/^[1-9]\d*$/.test(values[name])) return Number(values[name]);
  console.error(`--${name}: expected an integer of 1 or more, found ${JSON.stringify(values[name])}`);
  process.exit(2);
});
const paths = positionals.length > 0 ? positionals : ['tensorflow', 'train', 'cli', 'compare'].map((room) => `test/${room}`); // prettier-ignore
const specs = paths.map((path) =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() ? join(path, '**', '*.test.ts') : path,
);

const row = (...cells) => console.log(cells.map((cell) => String(cell).padEnd(10)).join(' '));
const total = { passed: 0, failed: 0, signal: 0 };
row('round', 'passed', 'failed', 'ended by a signal');
for (let round = 1; round <= rounds; round++) {
  const ends = await Promise.all(Array.from({ length: copies }, (_, copy) => run(round, copy + 1)));
  const count = (kind) => ends.filter((end) => end.kind === kind).length;
  for (const kind of Object.keys(total)) total[kind] += count(kind);
  row(round, count('passed'), count('failed'), count('signal'));
  for (const { kind, about, file } of ends) if (kind !== 'passed') console.log(`  ${about}: ${file}`);
}
row('all', total.passed, total.failed, total.signal);
process.exitCode = total.failed + total.signal > 0 ? 1 : 0;

/** One copy. What it said is kept where it did not pass. */
function run(round, copy) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, 'node_modules/mocha/bin/mocha.js'), ...specs], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
    child.on('error', reject);
    child.on('close', (status, signal) => {
      if (status === 0) return resolve({ kind: 'passed' });
      mkdirSync(values.keep, { recursive: true });
      const file = join(values.keep, `round-${round}-copy-${copy}.log`);
      writeFileSync(file, said);
      const failures = [...said.matchAll(/^ {4,}\d+\) (.*)$/gm)].map(([, title]) => title);
      const about = signal ?? (failures.length > 0 ? failures.join('; ') : `status ${status}`);
      resolve({ kind: signal ? 'signal' : 'failed', about, file });
    });
  });
}
