// Training step and forward pass of networks: as ONNX files and as camtune builds them, beside PyTorch (eager,
// channels_last), in turn. Prints ratios of times (below 1 camtune's ONNX network is faster).
//   pip install -r bench/requirements.txt timm onnx
//   npx tsx bench/networks/main.ts [--python python3] [--rounds 1] [--repeats 2] [--only forward,train] [--batch 16]
//     [--networks mobilenet_v2,efficientnet_b0,convnext_tiny,vit_small_patch16_224] [--folder DIR]
// The files are exported into the folder when they are not there yet.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { inTurn, script } from '../in-turn.js';
import type { Timing } from '../timing.js';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    rounds: { type: 'string', default: '1' },
    repeats: { type: 'string', default: '2' },
    only: { type: 'string', default: 'forward,train' },
    batch: { type: 'string', default: '16' },
    networks: { type: 'string', default: 'mobilenet_v2,efficientnet_b0,convnext_tiny,vit_small_patch16_224' },
    folder: { type: 'string' },
  },
});
const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'camtune-networks-'));

console.log(`${cpus()[0]!.model}, ${cpus().length} processors, batch ${values.batch}, 224 px, float32; milliseconds an image`); // prettier-ignore
console.log('network                 what     by         ONNX   built  pytorch  ONNX/pytorch  ONNX/built');
for (const name of values.networks.split(',')) {
  const file = join(folder, `${name}.onnx`);
  if (!existsSync(file)) {
    execFileSync(values.python, ['bench/networks/export.py', name, file], { stdio: 'ignore' });
  }
  for (const what of values.only.split(',')) {
    const flags = ['--batch', values.batch, '--repeats', values.repeats];
    const ours = (network: string) =>
      script('bench/networks/camtune.ts', [what, '--network', network, ...flags]);
    const theirs = ['bench/networks/pytorch.py', what, '--network', name, ...flags];
    const timings = inTurn(
      [ours(file), ours(name), { program: values.python, args: theirs }],
      Number(values.rounds),
    );
    row(name, what, 'clock', timings, ({ msPerImage }) => msPerImage);
    row(name, what, 'processor', timings, ({ cpuMsPerImage }) => cpuMsPerImage!);
  }
}

function row(
  name: string,
  what: string,
  by: string,
  timings: Timing[],
  of: (timing: Timing) => number,
): void {
  const [onnx, built, pytorch] = timings.map(of) as [number, number, number];
  const cells = [
    name.padEnd(23),
    what.padEnd(8),
    by.padEnd(9),
    ...[onnx, built, pytorch].map((ms) => ms.toFixed(1).padStart(7)),
    (onnx / pytorch).toFixed(2).padStart(14),
    (onnx / built).toFixed(2).padStart(11),
  ];
  console.log(cells.join(' '));
}
