// The networks that camtune builds beside PyTorch's: node --import tsx bench/parity-networks/architectures/main.ts
// PYTHON names a Python that has torch, torchvision, timm, transformers and safetensors. Arguments: parts of names.
// SEED: of the random numbers, 0 otherwise.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadTensorflow } from '../../../src/tensorflow/index.js';
import { compareNetwork } from './compare.js';
import { networks } from './networks.js';

const limits = { logits: 1e-4, gradients: 1e-3 };
await loadTensorflow();
const wanted = process.argv.slice(2);
const python = process.env['PYTHON'] ?? 'python3';
let failed = 0;
for (const [source, name] of networks) {
  const label = `${source} ${name}`;
  if (wanted.length > 0 && !wanted.some((part) => label.includes(part))) continue;
  const folder = mkdtempSync(join(tmpdir(), 'camtune-parity-'));
  try {
    const program = new URL('reference.py', import.meta.url).pathname;
    execFileSync(python, [program, source, name, folder], { stdio: ['ignore', 'ignore', 'pipe'] });
    const { logits, gradients, worst, weights, noise, notes } = await compareNetwork(folder);
    // A value that rounding moves over the kink of a ReLU changes gradients in PyTorch just as much.
    const good = logits <= limits.logits && gradients <= Math.max(limits.gradients, 2 * noise[1]);
    if (!good) failed++;
    console.log(
      `${good ? 'ok  ' : 'FAIL'} ${label.padEnd(44)} logits ${logits.toExponential(1)}  gradients ` +
        `${gradients.toExponential(1)} of ${weights} weights (worst ${worst}); PyTorch's own ` +
        `float32: ${noise[0].toExponential(1)}, ${noise[1].toExponential(1)}${good ? '' : `; ${notes.join('; ')}`}`,
    );
  } catch (error) {
    failed++;
    console.log(`FAIL ${label}: ${(error as Error).message.slice(0, 1500)}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
process.exitCode = failed > 0 ? 1 : 0;
