import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { InvalidInput, invalid, phrase } from '../../../src/errors.js';
import { child } from './child.js';
import { type Feature, FEATURES } from './features.js';
import { type Comparison, judge } from './judge.js';
import { check } from './kinds.js';
import type { Program } from './program.js';
import { describe, type Found, search, type Tally } from './search.js';

// npm run fuzz:engine -- --seconds N; exit status 1 where something was found.
const features = (does: string) => ({
  string: true,
  requiresArg: true,
  default: '',
  describe: `features ${does}, with commas: ${FEATURES.join(', ')}`,
  coerce: listed,
});
const number = (describe: string) => ({ string: true, requiresArg: true, describe, coerce: whole }) as const;
const options = yargs(hideBin(process.argv))
  .scriptName('fuzz:engine')
  .usage('random programs: compiled against eager, and eager against tfjs-node alone')
  .options({
    seconds: { ...number('how long to search (what is found is shrunk beyond that)'), default: '60' },
    seed: number('the first program; default: the time'),
    keep: { string: true, requiresArg: true, describe: 'where programs that show something are written' },
    without: features('to leave out'),
    with: features('that every program has'),
    only: {
      choices: ['compiled/eager', 'eager/stock'] as const,
      requiresArg: true,
      describe: 'one comparison',
    },
    threads: { ...number("TensorFlow's threads between operations"), default: '8' },
    replay: {
      array: true,
      string: true,
      requiresArg: true,
      describe: 'programs to judge instead of random ones',
    },
    json: { boolean: true, describe: 'one JSON document on stdout' },
  })
  .version(false)
  .strict()
  .fail((message, error) => {
    console.error(message || error.message);
    process.exit(2);
  })
  .parseSync();
const children = { ours: child('ours', options.threads), stock: child('stock', 2) };
const comparisons: Comparison[] = options.only ? [options.only] : ['compiled/eager', 'eager/stock'];
const note = (text: string): void => void process.stderr.write(`${text}\n`);

try {
  const wrong = options.replay ? await replay(options.replay) : await fuzz();
  process.exitCode = wrong ? 1 : 0;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = error instanceof InvalidInput ? 2 : 1;
} finally {
  await Promise.all([children.ours.stop(), children.stock.stop()]);
}

async function fuzz(): Promise<boolean> {
  const first = options.seed ?? Date.now() % 1e9;
  const end = performance.now() + options.seconds * 1000;
  note(`programs from seed ${first} on`);
  const keep = (found: Found): void => {
    if (options.keep !== undefined) write(options.keep, found);
  };
  const more = (): boolean => performance.now() < end;
  const tally = await search(upFrom(first), children, { comparisons, without: options.without, having: options.with, note, keep }, more);
  report(first, tally);
  return tally.found.length > 0;
} // prettier-ignore

async function replay(files: string[]): Promise<boolean> {
  let wrong = false;
  for (const file of files) {
    const program = read(file);
    const { findings, invalid, unstable, refused } = await judge(program, children, comparisons);
    const verdict = invalid ?? refused ?? (unstable ? 'rounding changes its results' : 'nothing wrong');
    console.log(`${file}: ${findings.length > 0 ? findings.map(describe).join('; ') : verdict}`);
    wrong ||= findings.length > 0;
  }
  return wrong;
}

function* upFrom(first: number): Generator<number> {
  for (let seed = first; ; seed++) yield seed;
}

function write(folder: string, { seed, finding, program }: Found): void {
  mkdirSync(folder, { recursive: true });
  const { before, ...rest } = { before: undefined, ...finding };
  const name = `${seed}-${finding.comparison.replace('/', '-')}.json`;
  const content = { found: describe(finding), finding: rest, program, ...(before && { before }) };
  writeFileSync(join(folder, name), `${JSON.stringify(content, undefined, 1)}\n`);
}

function report(first: number, { programs, invalid, unstable, refused, found }: Tally): void {
  const refusals = Object.fromEntries([...invalid].sort(([, a], [, b]) => b - a));
  if (options.json) {
    const findings = found.map(({ seed, finding, program }) => ({ seed, found: describe(finding), program }));
    console.log(JSON.stringify({ seed: first, programs, invalid: refusals, unstable, refused, findings }));
    return;
  }
  const skipped = [...invalid.values()].reduce((sum, count) => sum + count, 0);
  console.log(
    `${programs} programs: ${found.length} findings; ${unstable} set aside because rounding changes their results, ` +
      `${skipped} that tfjs itself refuses, ${refused} refusals that are documented`,
  );
  for (const [message, count] of Object.entries(refusals)) console.log(`  ${count} × ${message}`);
}

/** A kept program. */
function read(file: string): Program {
  try {
    const { program } = JSON.parse(readFileSync(file, 'utf8')) as { program: Program };
    check(program);
    return program;
  } catch (error) {
    throw invalid(
      file,
      'a program that --keep has written',
      phrase(`something else: ${(error as Error).message}`),
    );
  }
}

function whole(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`expected a whole number from 0 on, found ${text}`);
  return Number(text);
}

function listed(text: string): Feature[] {
  const names = text.split(',').filter((name) => name !== '');
  const unknown = names.find((name) => !FEATURES.includes(name as Feature));
  if (unknown !== undefined) throw new Error(`expected some of ${FEATURES.join(', ')}, found ${unknown}`);
  return names as Feature[];
}
