// Runs camtune and a peer in turn on the same work and prints ratios (camtune / peer; below 1 camtune is faster).
//   pip install -r bench/requirements.txt
//   npx tsx bench/versus-pytorch.ts [--python python3] [--rounds 2] [--only forward,train,data] [--batch 16] [--precision float32] [--data DIR] [--peer pytorch]
// --peer openvino compares the forward pass alone (--only forward).
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    rounds: { type: 'string', default: '2' },
    only: { type: 'string', default: 'forward,train,data' },
    batch: { type: 'string', default: '16' },
    precision: { type: 'string', default: 'float32' },
    data: { type: 'string', default: 'data/clothing/train' },
    peer: { type: 'string', default: 'pytorch' },
  },
});

const peers: Record<string, string> = { pytorch: 'bench/pytorch.py', openvino: 'bench/beside_openvino.py' };
const peer = peers[values.peer];
if (!peer) throw new Error(`--peer: expected pytorch or openvino, found ${values.peer}`);

interface Timing {
  msPerImage: number;
  firstCallMs: number;
  peakMemoryMB: number;
}

function timing(program: string, args: string[]): Timing {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: exit ${status}\n${stderr}`);
  return JSON.parse(stdout) as Timing;
}

const best = (timings: Timing[]): Timing => timings.reduce((a, b) => (b.msPerImage < a.msPerImage ? b : a));

console.log(`batch ${values.batch}, ${values.precision}, best of ${values.rounds} rounds in turn`);
console.log(`what      camtune ms/image  ${values.peer} ms/image  ratio  peak memory ratio`);
for (const what of values.only.split(',')) {
  const flags = ['--batch', values.batch, '--precision', values.precision, '--data', values.data];
  const camtune: Timing[] = [];
  const pytorch: Timing[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    camtune.push(
      timing(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', 'bench', what, ...flags, '--json']),
    );
    pytorch.push(timing(values.python, [peer, what, ...flags]));
  }
  const [ours, theirs] = [best(camtune), best(pytorch)];
  const cells = [
    what.padEnd(8),
    ours.msPerImage.toFixed(1).padStart(17),
    theirs.msPerImage.toFixed(1).padStart(17),
    (ours.msPerImage / theirs.msPerImage).toFixed(2).padStart(6),
    (ours.peakMemoryMB / theirs.peakMemoryMB).toFixed(2).padStart(18),
  ];
  console.log(cells.join(' '));
}
