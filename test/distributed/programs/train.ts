// A rank that trains the small network with both kinds of norms, reduces from several functions, and leaves.
import * as tf from '@tensorflow/tfjs-core';
import { compile } from '../../../src/tensorflow/index.js';
import { joinThis, tell } from './rank.js';
import { trainSmall } from './small-training.js';

const group = await joinThis();
const { rank, size } = group;
const inUse = (): number[] => [
  tf.memory().numTensors,
  (tf.backend() as unknown as { binding: { getNumOfTensors(): number } }).binding.getNumOfTensors(),
];

const trained = { frozen: trainSmall(group, 'frozen'), synchronized: trainSmall(group, 'synchronized') };

const x = tf.tidy(() => tf.fill([300], rank + 1));
const wires = (['float32', 'bfloat16'] as const).map((wire) =>
  tf.tidy(() => group.sum([x], { wire, bucket: 100 })[0]!.dataSync()[299]!),
);

// Both begin with the same purposes; a rank traces one of them for other shapes than the others.
const double = compile((x: tf.Tensor) =>
  tf.tidy(() => group.sum([tf.mul(tf.sum(x), 2), tf.sum(x)], { bucket: 1 })),
);
const triple = compile((x: tf.Tensor) =>
  tf.tidy(() => group.sum([tf.mul(tf.sum(x), 3), tf.sum(x)], { bucket: 1 })),
);
const several = tf.tidy(() =>
  [tf.ones([2]), tf.ones([2 + rank]), tf.ones([2])].map((x) =>
    [...double(x), ...triple(x), ...group.sum([tf.sum(x)])].map((sum) => sum.arraySync()),
  ),
);

tf.tidy(() => group.sum([x]));
const before = inUse();
for (let i = 0; i < 50; i++)
  tf.dispose([...group.mean([x, x], { bucket: 100, wire: 'bfloat16' }), group.stack(x), ...double(x)]);
const after = inUse();

const flags = tf.tidy(() => tf.variable(tf.tensor1d([rank === 0, rank !== 0], 'bool')));
group.broadcast([flags]);
const stack = tf.tidy(() => group.stack(tf.tensor1d([rank, 7])).arraySync());
const gathered = await group.gather({ rank, text: 'é\n"' });
await group.barrier();
tell({
  rank,
  size,
  trained,
  wires,
  several,
  before,
  after,
  stack,
  gathered,
  flags: Array.from(flags.dataSync()),
});
await group.leave();
