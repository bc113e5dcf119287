// Runs a benchmark and keeps what it said, with the command and the machine, so that a figure in the docs can be traced.
//   npx tsx bench/record.ts --out docs/results/speed/forward.json -- npx tsx bench/versus-pytorch.ts --only forward
// Nothing is kept of a benchmark that fails.
import { execFileSync, spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { cpus, loadavg, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { writeFileAtomic } from '../src/files/write-atomic.js';
import { loadTensorflow } from '../src/tensorflow/index.js';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { out: { type: 'string' } } });
const { out } = values;
const [program, ...args] = positionals;
if (!out || !program) throw new Error('expected --out FILE.json -- COMMAND');

const before = loadavg()[0]!;
const started = new Date();
const { status, stdout, stderr } = await run(program, args);
if (status !== 0) {
  console.error(`${program}: exit status ${status}; nothing was kept`);
  process.exit(1);
}
const { tensorflow, bfloat16, device } = await loadTensorflow();
const record = {
  command: positionals.join(' '),
  date: started.toISOString().slice(0, 10),
  commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
  machine: {
    processor: cpus()[0]?.model,
    cores: cpus().length,
    memoryGB: Math.round(totalmem() / 2 ** 30),
    device,
    fastBfloat16: bfloat16,
  },
  versions: { node: process.version, tensorflow, ...pythonPackages() },
  load: { before, after: loadavg()[0]! },
  stdout: stdout.trimEnd().split('\n'),
  // What was measured each time, where a benchmark says so.
  stderr: stderr.trimEnd().split('\n'),
};
await mkdir(dirname(out), { recursive: true });
await writeFileAtomic(out, `${JSON.stringify(record, null, 2)}\n`);

/** The command, its output shown and caught. */
function run(command: string, its: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, its, { stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        said[stream] += text;
        process[stream].write(text);
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ status: code ?? 1, ...said }));
  });
}

/** Versions of the peers that `python3` finds. */
function pythonPackages(): Record<string, string> {
  const peers = ['torch', 'torchvision', 'timm', 'openvino', 'onnxruntime', 'tensorflow-cpu', 'grad-cam'];
  try {
    const listed = execFileSync('python3', ['-m', 'pip', 'list', '--format', 'json'], { encoding: 'utf8' });
    const all = JSON.parse(listed) as { name: string; version: string }[];
    return Object.fromEntries(all.filter(({ name }) => peers.includes(name)).map((p) => [p.name, p.version]));
  } catch {
    return {};
  }
}
