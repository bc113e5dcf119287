// Runs camtune's methods and those of other libraries in turn, on the same images and the same ResNet-50, compares the
// maps and prints ratios of time an image (camtune / peer; below 1 camtune is faster).
//   pip install -r bench/explain/requirements.txt
//   git clone https://github.com/wofmanaf/Group-CAM DIR; git clone https://github.com/eclique/RISE DIR
//   npx tsx bench/explain/versus.ts [--python python3] [--only grad-cam,...] [--rounds 2] [--images 2]
//     [--weights W] [--data DIR] [--layout channels_last|contiguous] [--group-cam DIR] [--rise DIR]
//     [--busy]
// Rows whose code is not given are left out. --busy: other programs run meanwhile. PyTorch's threads then spend up to
// twenty times their work waiting for each other; told to sleep instead, they are a few per cent slower on a quiet
// machine. On a busy one the ratio of CPU time says more than that of time.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { decodeNpy } from '../../src/report/index.js';
import { loadTensorflow } from '../../src/tensorflow/index.js';
import { agreement } from './agreement.js';
import { prepare } from './prepare.js';
import { rows, type Timed } from './rows.js';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    only: { type: 'string', default: Object.keys(rows).join() },
    rounds: { type: 'string', default: '2' },
    images: { type: 'string', default: '2' },
    weights: { type: 'string', default: 'checkpoints/resnet50-imagenette' },
    data: { type: 'string', default: 'data/clothing/val' },
    layout: { type: 'string', default: 'channels_last' },
    'group-cam': { type: 'string' },
    rise: { type: 'string' },
    busy: { type: 'boolean', default: false },
  },
});

const folder = mkdtempSync(join(tmpdir(), 'camtune-versus-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
await loadTensorflow();
await prepare(folder, values.weights, values.data, Number(values.images));

const load = loadavg()[0]!.toFixed(1);
console.log(
  `one image a call, ${values.rounds} rounds in turn, peers ${values.layout}; ms: best round; load ${load}`,
);
console.log('row                  camtune ms    peer ms  ratio  CPU time  target  memory  Spearman  largest');
for (const name of values.only.split(',')) {
  const row = rows[name];
  if (!row) throw new Error(`--only: expected names among ${Object.keys(rows).join(', ')}, found ${name}`);
  const code = row.code && values[row.code];
  if (row.code && !code) {
    console.log(`${name.padEnd(20)} left out: no --${row.code}`);
    continue;
  }
  const images = ['--images', row.slow ? '1' : values.images];
  const camtune = ['--import', 'tsx', 'bench/explain/camtune.ts', name, folder, '--weights', values.weights];
  const peer = ['bench/explain/peers.py', name, folder, '--layout', values.layout];
  const [ours, theirs]: [Timed[], Timed[]] = [[], []];
  for (let round = 0; round < Number(values.rounds); round++) {
    // The peer first: camtune uses the random numbers that it drew.
    theirs.push(timed(values.python, [...peer, ...images, ...(code ? ['--code', code] : [])]));
    ours.push(timed(process.execPath, [...camtune, ...images]));
  }
  const map = (side: string) => decodeNpy(readFileSync(join(folder, `${name}.${side}.npy`)));
  const { spearman, largest } = agreement(map('camtune'), map('peer'));
  const ratio = (key: keyof Timed) => (least(ours, key) / least(theirs, key)).toFixed(2);
  const cells = [
    name.padEnd(20),
    least(ours, 'msPerImage').toFixed(0).padStart(10),
    least(theirs, 'msPerImage').toFixed(0).padStart(10),
    ratio('msPerImage').padStart(6),
    ratio('cpuMsPerImage').padStart(9),
    row.target.toFixed(1).padStart(7),
    ratio('peakMemoryMB').padStart(7),
    spearman.toFixed(4).padStart(9),
    largest.toExponential(0).padStart(8),
  ];
  console.log(cells.join(' '));
}

function timed(program: string, args: string[]): Timed {
  const env = { ...process.env, ...(values.busy && { OMP_WAIT_POLICY: 'PASSIVE' }) };
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', env });
  if (status !== 0)
    throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? `exit ${status}\n${stderr}`}`);
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Timed;
}

function least(timings: Timed[], key: keyof Timed): number {
  return Math.min(...timings.map((timing) => timing[key]));
}
