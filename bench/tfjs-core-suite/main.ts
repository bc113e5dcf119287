import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.js';
import { printed } from './table.js';
import type { Result } from './result.js';

// npx tsx bench/tfjs-core-suite/main.ts: the published tests of tfjs-core on tfjs-node, on camtune, and compiled.
const SIDES = ['stock', 'eager', 'compiled'] as const;
const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tfjs-core-suite-'));
try {
  const plain = join(folder, 'plain.mjs');
  const compiled = join(folder, 'compiled.mjs');
  await bundle(plain, false);
  await bundle(compiled, true);
  const results = SIDES.map((side): Result[] | string => {
    const file = join(folder, `${side}.json`);
    const args = ['--import', 'tsx', WORKER, side, side === 'compiled' ? compiled : plain, file];
    process.stderr.write(`${side} …\n`);
    const { status, signal, stderr } = spawnSync(process.execPath, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' },
      maxBuffer: 1 << 28,
    });
    if (status === 0) return JSON.parse(readFileSync(file, 'utf8')) as Result[];
    return `ended by ${signal ?? `exit code ${String(status)}`}: ${stderr.toString().slice(-2000)}`;
  });
  console.log(printed(Object.fromEntries(SIDES.map((side, i) => [side, results[i]!]))));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
