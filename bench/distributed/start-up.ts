// node --import tsx bench/distributed/start-up.ts [--processes 1,2,4] [--turns 3]
// Seconds from the start of a command to a group that has joined and loaded TensorFlow: one process alone, and groups.
import { parseArgs } from 'node:util';
import { joinGroup } from '../../src/distributed/index.js';
import { endWithParent, launch } from '../../src/distributed/launch/index.js';
import { findPlace } from '../../src/distributed/place/index.js';
import { loadTensorflow } from '../../src/tensorflow/index.js';

const { values } = parseArgs({
  options: {
    worker: { type: 'boolean', default: false },
    processes: { type: 'string', default: '1,2,4' },
    turns: { type: 'string', default: '3' },
  },
});

if (values.worker) {
  endWithParent(process.env);
  const place = findPlace(process.env);
  if (place) {
    const group = await joinGroup(place);
    await group.leave();
  } else await loadTensorflow();
} else {
  for (const processes of values.processes.split(',').map(Number)) {
    const seconds: number[] = [];
    for (let turn = 0; turn < Number(values.turns); turn++) {
      const began = performance.now();
      const log = (line: string): void => console.error(line);
      const status = await launch({ size: processes, argsOf: () => ['--worker'], restarts: 0, log });
      if (status !== 0) process.exit(status);
      seconds.push((performance.now() - began) / 1000);
    }
    console.log(JSON.stringify({ processes, seconds: seconds.map((value) => Number(value.toFixed(2))) }));
  }
}
