// A rank that reduces and broadcasts tensors of many sizes, and tells how many numbers were wrong.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { compile, type ReduceOptions } from '../../../src/tensorflow/index.js';
import { joinThis, tell } from './rank.js';

/** The sockets of this process, by their numbers in the system. */
function sockets(): string[] {
  return readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${descriptor}`))?.[1] ?? [];
    } catch {
      return []; // The folder's own.
    }
  });
}

/** Ports at which this process listens. */
function ports(): number[] {
  const own = new Set(sockets());
  return ['/proc/self/net/tcp', '/proc/self/net/tcp6'].flatMap((table) =>
    readFileSync(table, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === '0A' && own.has(fields[9]!))
      .map((fields) => parseInt(fields[1]!.split(':').at(-1)!, 16)),
  );
}

const before = sockets().length;
const group = await joinThis();
const { rank, size } = group;

const shapes = [[1], [0], [2], [3], [size + 1], [17], [], [4, 5, 6], [1000], [100_003], [0, 7], [33]];
/** Small integers: their sums are exact in 8 bits. */
const number = (rank: number, tensor: number, i: number): number =>
  ((i * 7 + rank * 13 + tensor * 5) % 33) - 16;
const tensorOf = (rank: number, tensor: number): tf.Tensor => {
  const shape = shapes[tensor]!;
  const length = shape.reduce((product, side) => product * side, 1);
  return tf.tensor(
    Float32Array.from({ length }, (_, i) => number(rank, tensor, i)),
    shape,
  );
};
/** To the nearest number of 8 bits. */
const bfloat16 = (value: number): number => {
  const bits = new Uint32Array(Float32Array.of(value).buffer);
  bits[0] = ((bits[0]! + 0x7fff + ((bits[0]! >>> 16) & 1)) >>> 16) << 16;
  return new Float32Array(bits.buffer)[0]!;
};

let checked = 0;
let wrong = 0;
const compare = (results: readonly tf.Tensor[], expected: (tensor: number, i: number) => number): void =>
  results.forEach((result, tensor) => {
    if (result.shape.join() !== shapes[tensor]!.join()) wrong++;
    result.dataSync().forEach((value, i) => {
      checked++;
      if (value !== expected(tensor, i)) wrong++;
    });
  });
const own = shapes.map((_, tensor) => tensorOf(rank, tensor));
const sum = (tensor: number, i: number): number => {
  let result = 0;
  for (let each = 0; each < size; each++) result += number(each, tensor, i);
  return result;
};
const variants: Required<ReduceOptions>[] = (['float32', 'bfloat16'] as const).flatMap((wire) =>
  [1, 20, 2 ** 20].map((bucket) => ({ wire, bucket })),
);
for (const options of variants) {
  const rounded = options.wire === 'bfloat16' ? bfloat16 : Math.fround;
  const mean = compile((xs: tf.Tensor[]) => group.mean(xs, options));
  // What the function itself makes may be reduced where it is.
  const doubled = compile((xs: tf.Tensor[]) =>
    group.sum(
      xs.map((x) => tf.mul(x, 2)),
      options,
    ),
  );
  tf.tidy(() => {
    compare(group.sum(own, options), sum);
    compare(mean(own), (tensor, i) => rounded(sum(tensor, i) / size));
    compare(doubled(own), (tensor, i) => 2 * sum(tensor, i));
    compare(own, (tensor, i) => number(rank, tensor, i));
  });
  mean.dispose();
  doubled.dispose();
}

const uneven = tf.tidy(() => tf.sin(tf.mul(tf.range(0, 50_021), 1.7 + rank)));
const hash = createHash('sha256');
for (const { wire } of variants)
  tf.tidy(() => group.mean([uneven], { wire }).forEach((mean) => void hash.update(mean.dataSync())));

const kinds = [
  () => tf.fill([70_001], rank + 0.5),
  () => tf.fill([3], rank, 'int32'),
  () => tf.fill([5], rank === 0 ? 1 : 0, 'bool'),
  () => tf.zeros([0]),
];
const variables = tf.tidy(() => kinds.map((make) => tf.variable(make())));
group.broadcast(variables);
const sent = tf.tidy(() => variables.map((variable) => [...new Set(variable.dataSync())]));

const listensAt = ports();
await group.barrier();
await group.leave();
// The other end of the control may close it a moment later.
for (let look = 0; look < 200 && sockets().length > before; look++)
  await new Promise((resolve) => setTimeout(resolve, 50));
tell({ checked, wrong, hash: hash.digest('hex'), sent, listensAt, socketsLeft: sockets().length - before });
