// A transformer block (ViT-S: 384 wide, 6 heads, 197 tokens) in camtune and in PyTorch, eager and autocast, in turn.
// Prints ratios (camtune / PyTorch; below 1 camtune is faster).
//   pip install -r bench/requirements.txt
//   npx tsx bench/transformer/main.ts [--python python3] [--rounds 3] [--only forward,train] [--precision float32,bfloat16] [--batch 16] [--repeats 10] [--force]
// Where bfloat16 is slower than float32, camtune asked for it computes in float32; with --force it does what was asked.
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { inTurn, script } from '../in-turn.js';
import type { Timing } from '../timing.js';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: 'forward,train' },
    precision: { type: 'string', default: 'float32,bfloat16' },
    batch: { type: 'string', default: '16' },
    repeats: { type: 'string', default: '10' },
    force: { type: 'boolean', default: false },
  },
});

console.log(`${cpus()[0]!.model}, ${cpus().length} processors, batch ${values.batch}, best of ${values.rounds} rounds in turn`); // prettier-ignore
console.log(
  'what     precision  camtune in  camtune ms/image  pytorch ms/image  ratio  ratio of processor time  of peak memory',
);
for (const what of values.only.split(',')) {
  for (const precision of values.precision.split(',')) {
    const flags = [what, '--batch', values.batch, '--precision', precision, '--repeats', values.repeats];
    const [ours, theirs] = inTurn(
      [
        script('bench/transformer/camtune.ts', [...flags, ...(values.force ? ['--force'] : [])]),
        { program: values.python, args: ['bench/transformer/pytorch.py', ...flags] },
      ],
      Number(values.rounds),
    ) as [Timing & { computedIn: string }, Timing];
    const cells = [
      what.padEnd(8),
      precision.padEnd(10),
      ours.computedIn.padEnd(10),
      ours.msPerImage.toFixed(2).padStart(17),
      theirs.msPerImage.toFixed(2).padStart(17),
      (ours.msPerImage / theirs.msPerImage).toFixed(2).padStart(6),
      (ours.cpuMsPerImage! / theirs.cpuMsPerImage!).toFixed(2).padStart(24),
      (ours.peakMemoryMB / theirs.peakMemoryMB).toFixed(2).padStart(15),
    ];
    console.log(cells.join(' '));
  }
}
