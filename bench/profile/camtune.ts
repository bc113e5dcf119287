// Processor time of a step in camtune by kind of operation; prints one JSON document. Run by main.ts, which preloads
// the recorder and allows one thread.
import { constants } from 'node:os';
import { parseArgs } from 'node:util';
import { loadTensorflow, type Precision } from '../../src/tensorflow/index.js';
import { stepOf } from '../networks/steps.js';
import { kindOf, REST } from './kinds.js';

/** [thread, name, start, end], nanoseconds. */
type Event = [number, string, number, number];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    recorder: { type: 'string' },
    network: { type: 'string', default: 'resnet50' },
    batch: { type: 'string', default: '16' },
    size: { type: 'string', default: '224' },
    repeats: { type: 'string', default: '3' },
    precision: { type: 'string', default: 'float32' },
    operations: { type: 'boolean', default: false },
  },
});
const [what = 'train'] = positionals;
await loadTensorflow();
const batch = Number(values.batch);
const step = await stepOf(what, {
  network: values.network,
  batch,
  size: Number(values.size),
  precision: values.precision as Precision,
});
const holder: { exports: unknown } = { exports: {} };
process.dlopen(holder, values.recorder!, constants.dlopen.RTLD_NOW);
const recorder = holder.exports as { start(): void; stop(): Event[] };

step();
step();
const runs = Array.from({ length: Number(values.repeats) }, () => {
  const before = process.cpuUsage();
  recorder.start();
  step();
  const events = recorder.stop();
  const { user, system } = process.cpuUsage(before);
  return { whole: (user + system) / 1000, times: timesOf(events) };
});
const best = runs.reduce((a, b) => (b.whole < a.whole ? b : a));
const byKind: Record<string, number> = {};
const byOperation: Record<string, { count: number; ms: number }> = {};
for (const { operation, ms } of best.times.values()) {
  const kind = kindOf(operation);
  byKind[kind] = (byKind[kind] ?? 0) + ms / batch;
  const sum = (byOperation[operation] ??= { count: 0, ms: 0 });
  sum.count++;
  sum.ms += ms / batch;
}
const whole = best.whole / batch;
const known = Object.values(byKind).reduce((sum, ms) => sum + ms, 0);
byKind[REST] = (byKind[REST] ?? 0) + Math.max(0, whole - known);
const operations = Object.entries(byOperation).sort(([, a], [, b]) => b.ms - a.ms);
const longest = [...best.times].sort(([, a], [, b]) => b.ms - a.ms).slice(0, 60);
console.log(JSON.stringify({ whole, byKind, ...(values.operations && { operations, longest }) }));

/** Of every operation that was run, by its name in the graph: those within it (functions) counted once. */
function timesOf(events: Event[]): Map<string, { operation: string; ms: number }> {
  const times = new Map<string, { operation: string; ms: number }>();
  for (const [, name, start, end] of events) {
    const found = /^([^:#]+):(\w+)/.exec(name);
    if (!found || !(end > start)) continue;
    const [, node, operation] = found as unknown as [string, string, string];
    if (/^(PartitionedCall|StatefulPartitionedCall|camtune_)/.test(operation)) continue;
    const before = times.get(node)?.ms ?? 0;
    times.set(node, { operation, ms: before + (end - start) / 1e6 });
  }
  return times;
}
