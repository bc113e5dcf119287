// Where the processor time of a step goes, by kind of operation, in camtune and in PyTorch (eager, channels_last), each
// with one thread. Processor time says the same on a busy machine, but for what others take of the caches.
//   pip install -r bench/requirements.txt
//   npx tsx bench/profile/main.ts [--what train|forward] [--network resnet50] [--python python3] [--batch 16] [--size 224] [--repeats 2] [--precision float32]
// --network names one that camtune and torchvision (or timm) build. Needs g++ and the native runtime.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { kinds, REST } from './kinds.js';

interface Profile {
  whole: number;
  byKind: Record<string, number>;
}

const { values } = parseArgs({
  options: {
    what: { type: 'string', default: 'train' },
    network: { type: 'string', default: 'resnet50' },
    python: { type: 'string', default: 'python3' },
    batch: { type: 'string', default: '16' },
    size: { type: 'string', default: '224' },
    repeats: { type: 'string', default: '2' },
    precision: { type: 'string', default: 'float32' },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'camtune-profile-'));
try {
  const recorder = join(folder, 'recorder.node');
  const headers = join(
    dirname(createRequire(import.meta.url).resolve('node-api-headers/package.json')),
    'include',
  );
  const flags = ['-O2', '-std=c++17', '-shared', '-fPIC', `-I${headers}`];
  execFileSync(process.env['CXX'] ?? 'g++', [...flags, 'bench/profile/recorder.cc', '-o', recorder, '-ldl']);
  const step = [values.what];
  for (const key of ['network', 'batch', 'size', 'repeats', 'precision'] as const)
    step.push(`--${key}`, values[key]);
  const ours = run(
    process.execPath,
    ['--import', 'tsx', 'bench/profile/camtune.ts', ...step, '--recorder', recorder],
    { LD_PRELOAD: recorder, TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '1' },
  );
  const theirs = run(values.python, ['bench/profile/pytorch.py', ...step], { OMP_NUM_THREADS: '1' });
  print(ours, theirs);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function run(program: string, args: string[], environment: Record<string, string>): Profile {
  const env = { ...process.env, ...environment };
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', env, maxBuffer: 2 ** 27 });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: exit ${status}\n${stderr}`);
  return JSON.parse(stdout) as Profile;
}

function print(ours: Profile, theirs: Profile): void {
  console.log(`${cpus()[0]!.model}, one thread, ${values.what} ${values.network}, batch ${values.batch}, ${values.size} px, ${values.precision}; milliseconds of processor time an image`); // prettier-ignore
  console.log(`${'kind of operation'.padEnd(38)} camtune  pytorch  ratio`);
  const row = (name: string, a = 0, b = 0): void =>
    console.log(
      `${name.padEnd(38)} ${a.toFixed(1).padStart(7)} ${b.toFixed(1).padStart(8)} ${(b > 0.05 ? (a / b).toFixed(2) : '').padStart(6)}`,
    );
  for (const name of [...kinds.map(([name]) => name), REST]) {
    if (ours.byKind[name] || theirs.byKind[name]) row(name, ours.byKind[name], theirs.byKind[name]);
  }
  row('all', ours.whole, theirs.whole);
}
