// The main thread and two workers compile and train at once; one worker ends, the others go on. Prints "sound".
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { trainSmall } from './trainer.js';

const start = (steps: number): { losses: Promise<number[]>; ended: Promise<unknown> } => {
  const url = new URL('worker.ts', import.meta.url);
  const worker = new Worker(`import('tsx/esm/api').then(({ register }) => { register(); return import(${JSON.stringify(url.href)}); })`, { eval: true, workerData: steps }); // prettier-ignore
  return {
    losses: once(worker, 'message').then(([losses]) => losses as number[]),
    ended: once(worker, 'exit'),
  };
};

const [short, long] = [start(5), start(200)];
const main = await trainSmall(40);
const few = await short.losses;
await short.ended;
const more = await trainSmall(120);
const many = await long.losses;
await long.ended;
const after = await trainSmall(20);

for (const [name, losses] of Object.entries({ main, few, more, many, after })) {
  const common = Math.min(losses.length, many.length);
  // Sums in another order, where threads share the work otherwise.
  const equal = losses.slice(0, common).every((loss, i) => Math.abs(loss - many[i]!) <= 1e-4);
  if (!equal || !(losses.at(-1)! < losses[0]!))
    throw new Error(`${name}: ${losses.join()} beside ${many.join()}`);
}
console.log('sound');
