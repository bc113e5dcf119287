// Maps of vision transformers beside PyTorch's: npm run parity:maps [-- NAMES]
// Attention rollout, Chefer et al. and LeGrad beside methods.py, CAMs beside pytorch-grad-cam; weights are read from
// safetensors and, the same network once more, from ONNX. PYTHON names a Python with what ../requirements.txt and
// requirements.txt list. Arguments: parts of names.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadTensorflow } from '../../../src/tensorflow/index.js';
import { compareMaps } from './compare.js';
import { networks } from './networks.js';

const limit = 1e-4;
await loadTensorflow();
const wanted = process.argv.slice(2);
const python = process.env['PYTHON'] ?? 'python3';
let failed = 0;
for (const { label, name, options, files } of networks) {
  if (wanted.length > 0 && !wanted.some((part) => label.includes(part))) continue;
  const folder = mkdtempSync(join(tmpdir(), 'camtune-maps-'));
  try {
    const program = new URL('reference.py', import.meta.url).pathname;
    execFileSync(python, [program, name, folder, JSON.stringify(options)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    for (const file of files) {
      const rows = await compareMaps(folder, file);
      const far = rows.filter(({ distance }) => !(distance <= limit));
      failed += far.length;
      const shown = rows.map((row) => `${row.name} ${row.distance.toExponential(1)}`).join('  ');
      console.log(`${far.length === 0 ? 'ok  ' : 'FAIL'} ${label}, ${file}: ${shown}`);
    }
  } catch (error) {
    failed++;
    console.log(`FAIL ${label}: ${(error as Error).message.slice(0, 1500)}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
process.exitCode = failed > 0 ? 1 : 0;
