// node --import tsx bench/distributed/main.ts [--processes 1,2,4] [--batch 8] [--size 96] [--steps 10]
// ResNet-50 with several processes on this machine, --batch images each: a training step with and without reducing,
// reducing alone, and what share of it is hidden behind the backward pass. One line of JSON for each number of processes.
import { parseArgs } from 'node:util';
import { launch } from '../../src/distributed/launch/index.js';
import { steps } from './steps.js';

const { values } = parseArgs({
  options: {
    worker: { type: 'boolean', default: false },
    processes: { type: 'string', default: '1,2,4' },
    batch: { type: 'string', default: '8' },
    size: { type: 'string', default: '96' },
    steps: { type: 'string', default: '10' },
    wire: { type: 'string', default: 'float32' },
  },
});
const { batch, size, wire } = values;

if (values.worker) {
  await steps({
    batch: Number(batch),
    size: Number(size),
    steps: Number(values.steps),
    wire: wire as 'float32',
  });
} else {
  for (const processes of values.processes.split(',').map(Number)) {
    const args = ['--worker', '--batch', batch, '--size', size, '--steps', values.steps, '--wire', wire];
    const log = (line: string): void => console.error(line);
    const status = await launch({ size: processes, argsOf: () => args, restarts: 0, log });
    if (status !== 0) process.exit(status);
  }
}
