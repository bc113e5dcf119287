// One rank of all-reduce.ts: rank.ts PLACE COUNT ELEMENTS ROUNDS VARIANTS; prints the times of every variant as JSON.
import * as tf from '@tensorflow/tfjs-core';
import { joinGroup, type Place } from '../../src/distributed/index.js';
import { compile } from '../../src/tensorflow/index.js';
import type { Times, Variant } from './all-reduce.js';

const [place, count, elements, rounds, variants] = process.argv
  .slice(2)
  .map((text) => JSON.parse(text) as unknown) as [Place, number, number, number, Variant[]];
const group = await joinGroup(place);
await tf.setBackend('tensorflow');
const tensors = Array.from({ length: count }, () => tf.fill([elements], group.rank + 1));
const results: Times[] = [];
for (const options of variants) {
  const reduce = compile((tensors: tf.Tensor[]) => group.mean(tensors, options));
  const result: Times = { times: [], processor: [], value: 0 };
  for (let round = 0; round <= rounds; round++) {
    await group.barrier();
    const began = performance.now();
    const worked = process.cpuUsage();
    const means = reduce(tensors);
    const { user, system } = process.cpuUsage(worked);
    const time = performance.now() - began;
    result.value = tf.tidy(() => tf.slice(means[0]!, 0, 1).dataSync()[0]!);
    tf.dispose(means);
    if (round === 0) continue;
    result.times.push(time);
    result.processor.push((user + system) / 1e3);
  }
  reduce.dispose();
  results.push(result);
}
console.log(JSON.stringify(results));
await group.leave();
