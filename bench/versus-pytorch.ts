// Runs camtune and a peer in turn on the same work and prints ratios (camtune / peer; below 1 camtune is faster).
//   pip install -r bench/requirements.txt
//   npx tsx bench/versus-pytorch.ts [--python python3] [--rounds 2] [--only forward,train,data] [--batch 16] [--precision float32] [--data DIR] [--peer pytorch]
// --peer openvino compares the forward pass alone (--only forward).
import { parseArgs } from 'node:util';
import { inTurn, script } from './in-turn.js';
import type { Timing } from './timing.js';

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

console.log(`batch ${values.batch}, ${values.precision}, best of ${values.rounds} rounds in turn`);
console.log(`what      camtune ms/image  ${values.peer} ms/image  ratio  peak memory ratio`);
for (const what of values.only.split(',')) {
  const flags = ['--batch', values.batch, '--precision', values.precision, '--data', values.data];
  const [ours, theirs] = inTurn(
    [
      script('src/cli/main.ts', ['bench', what, ...flags, '--json']),
      { program: values.python, args: [peer, what, ...flags] },
    ],
    Number(values.rounds),
  ) as [Timing, Timing];
  const cells = [
    what.padEnd(8),
    ours.msPerImage.toFixed(1).padStart(17),
    theirs.msPerImage.toFixed(1).padStart(17),
    (ours.msPerImage / theirs.msPerImage).toFixed(2).padStart(6),
    (ours.peakMemoryMB / theirs.peakMemoryMB).toFixed(2).padStart(18),
  ];
  console.log(cells.join(' '));
}
