// Exports networks as ONNX, runs them in onnxruntime and compares what comes out with camtune's own logits and maps.
//   pip install -r bench/export/requirements.txt
//   npx tsx bench/export/onnxruntime.ts [--python python3] [--weights checkpoints/resnet50-imagenette] [--keep DIR]
// Exits with 1 where logits or maps differ by more than 1e-4 of their range (float16: 2e-2).
import '@tensorflow/tfjs-backend-cpu';
import type * as tf from '@tensorflow/tfjs-core';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { imageFiles } from '../../src/data/index.js';
import { openClassifier, toOnnx, type Classifier } from '../../src/models/index.js';
import { encodeNpy } from '../../src/report/index.js';
import { loadTensorflow } from '../../src/tensorflow/index.js';
import { expectedOf } from './expected.js';
import { cases, networkOf, pixelsFor } from './networks.js';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    weights: { type: 'string', default: 'checkpoints/resnet50-imagenette' },
    keep: { type: 'string' },
  },
});
const folder = values.keep ?? mkdtempSync(join(tmpdir(), 'camtune-export-'));
process.on('exit', () => values.keep ?? rmSync(folder, { recursive: true, force: true }));
await loadTensorflow();

for (const [index, each] of cases.entries()) {
  const network = networkOf(each);
  for (const precision of ['float32', 'float16'] as const) {
    write(
      `${index} ${each.name} ${precision}`,
      network,
      pixelsFor(each.size),
      precision,
      each.withMap === true,
    );
  }
}
const shipped = await openClassifier(values.weights);
for (const image of (await imageFiles(['data/clothing/val'])).slice(0, 2)) {
  const { pixels } = await shipped.decode(image);
  const { tensor4d } = await import('@tensorflow/tfjs-core');
  const photo = () => tensor4d(pixels, [1, ...shipped.size, 3]);
  for (const precision of ['float32', 'float16'] as const) {
    const name = image.split('/').at(-1)!;
    write(`checkpoint ${name} ${precision}`, shipped, photo(), precision, shipped.linearHead !== undefined);
  }
}

const { stdout, status } = spawnSync(values.python, ['bench/export/peer.py', folder], {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'inherit'],
});
let worst = status ?? 1;
for (const line of stdout.trim().split('\n')) {
  const row = JSON.parse(line) as Record<string, number> & { case: string; error?: string };
  if (row.error) {
    worst = 1;
    console.log(`FAIL ${row.case}: ${row.error}`);
    continue;
  }
  const limit = row.case.endsWith('float16') ? 2e-2 : 1e-4;
  const relative = (name: string) => row[name]! / row[`${name} range`]!;
  const parts = ['logits', 'map'].filter((name) => name in row);
  const isFine = parts.every((name) => relative(name) <= limit);
  if (!isFine) worst = 1;
  const found = parts.map(
    (name) => `${name} ${row[name]!.toExponential(1)} of ${row[`${name} range`]!.toFixed(2)}`,
  );
  console.log(
    `${isFine ? 'ok  ' : 'FAIL'} ${row.case}: ${found.join(', ')}; ${row['nodes']} nodes, ${row['transposes']} transposes`,
  );
}
process.exitCode = worst;

function write(
  name: string,
  network: Classifier,
  pixels: tf.Tensor4D,
  precision: 'float32' | 'float16',
  withMap: boolean,
): void {
  const to = join(folder, name.replaceAll(/[^\w.]+/g, '-'));
  mkdirSync(to, { recursive: true });
  writeFileSync(join(to, 'model.onnx'), toOnnx(network, { precision, withMap }));
  const { pixelValues, logits, map } = expectedOf(network, pixels, withMap);
  for (const [file, array] of Object.entries({ pixel_values: pixelValues, logits, ...(map && { map }) })) {
    writeFileSync(join(to, `${file}.npy`), encodeNpy(array.values, array.shape));
  }
}
