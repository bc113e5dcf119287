// All-reduce alone, 25.6 million floats (the gradients of ResNet-50) in 25 tensors, beside PyTorch's gloo on the same
// tensors, over loopback, in turn. Ratios above 1: gloo is faster.
//   npx tsx bench/distributed/all-reduce.ts [--python python3] [--processes 2] [--rounds 10] [--turns 3]
//     [--with 'NAME=VALUE NAME=VALUE']... [--buckets 1024000,4096000] [--wires float32,bfloat16]
// --with: once more with these variables in the environment of our ranks.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { freePorts } from '../../src/distributed/launch/free-ports.js';
import type { ReduceOptions } from '../../src/tensorflow/index.js';

export type Variant = Required<ReduceOptions>;

/** Milliseconds of every round, by the clock and of one process's processor time, and a value of the result. */
export interface Times {
  times: number[];
  processor: number[];
  value: number;
}

const COUNT = 25;
const ELEMENTS = 1_024_000;

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      python: { type: 'string', default: 'python3' },
      processes: { type: 'string', default: '2' },
      rounds: { type: 'string', default: '10' },
      turns: { type: 'string', default: '3' },
      with: { type: 'string', multiple: true, default: [] },
      buckets: { type: 'string', default: [ELEMENTS, 4 * ELEMENTS, COUNT * ELEMENTS].join() },
      wires: { type: 'string', default: 'float32,bfloat16' },
    },
  });
  const [size, rounds, turns] = [values.processes, values.rounds, values.turns].map(Number) as [
    number,
    number,
    number,
  ];
  const variants = (values.wires.split(',') as Variant['wire'][]).flatMap((wire) =>
    values.buckets.split(',').map((bucket): Variant => ({ wire, bucket: Number(bucket) })),
  );
  const settings = ['', ...values.with];
  const ours = settings.map(() => variants.map((): Times[] => []));
  const theirs: Times[] = [];
  for (let turn = 0; turn < turns; turn++) {
    theirs.push(...(await gloo(values.python, size, rounds)));
    for (const [at, setting] of settings.entries())
      for (const times of await camtune(size, rounds, variants, setting))
        times.forEach((own, variant) => ours[at]![variant]!.push(own));
  }
  const gloos = best(theirs);
  console.log(
    `${size} processes, ${COUNT} tensors of ${ELEMENTS} floats, best of ${turns} x ${rounds} rounds`,
  );
  console.log('what                                  ms   ratio   processor ms   ratio');
  row('gloo', gloos, gloos);
  for (const [at, setting] of settings.entries()) {
    if (setting) console.log(setting);
    variants.forEach(({ wire, bucket }, variant) =>
      row(`camtune, ${wire}, buckets of ${bucket}`, best(ours[at]![variant]!), gloos),
    );
  }
}

interface Best {
  time: number;
  processor: number;
}

function row(name: string, { time, processor }: Best, beside: Best): void {
  const number = (value: number, digits: number, width: number): string =>
    value.toFixed(digits).padStart(width);
  console.log(
    `${name.padEnd(34)} ${number(time, 0, 5)}   ${number(time / beside.time, 2, 5)}   ` +
      `${number(processor, 0, 12)}   ${number(processor / beside.processor, 2, 5)}`,
  );
}

/** The quickest round: a rank that waits for another one is not slower by itself. */
function best(all: readonly Times[]): Best {
  return {
    time: Math.min(...all.flatMap(({ times }) => times)),
    processor: Math.min(...all.flatMap(({ processor }) => processor)),
  };
}

async function gloo(python: string, size: number, rounds: number): Promise<Times[]> {
  const [port] = await freePorts(1);
  const script = fileURLToPath(new URL('gloo.py', import.meta.url));
  return together(size, (rank) => [
    python,
    script,
    ...[rank, size, port, COUNT, ELEMENTS, rounds].map(String),
  ]);
}

async function camtune(
  size: number,
  rounds: number,
  variants: Variant[],
  setting: string,
): Promise<Times[][]> {
  const [control, ...ports] = (await freePorts(size + 1)).map((port) => `127.0.0.1:${port}`);
  const script = fileURLToPath(new URL('rank.ts', import.meta.url));
  const environment = Object.fromEntries(
    setting
      .split(' ')
      .filter(Boolean)
      .map((text) => text.split(/=(.*)/s).slice(0, 2) as [string, string]),
  );
  const command = (rank: number): string[] => [
    process.execPath,
    '--import',
    'tsx',
    script,
    ...[{ rank, addresses: ports, control }, COUNT, ELEMENTS, rounds, variants].map((value) =>
      JSON.stringify(value),
    ),
  ];
  return together(size, command, environment);
}

/** Runs one process a rank, and reads what each prints. */
function together<T>(
  size: number,
  command: (rank: number) => string[],
  environment: Record<string, string> = {},
): Promise<T[]> {
  return Promise.all(
    Array.from({ length: size }, async (_, rank) => {
      const [program, ...args] = command(rank) as [string, ...string[]];
      const child = spawn(program, args, {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, TF_NUM_INTRAOP_THREADS: '1', ...environment },
      });
      let text = '';
      child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
      const status = await new Promise((resolve) => child.on('close', resolve));
      if (status !== 0) throw new Error(`${program}: exit ${String(status)}`);
      return JSON.parse(text) as T;
    }),
  );
}
