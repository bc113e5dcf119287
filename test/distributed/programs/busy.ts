// Ranks that make three steps, of which the last one then does something of its own for ever: the others wait for it in
// a step, or to hear from it. They tell in the end what went wrong.
import * as tf from '@tensorflow/tfjs-core';
import { compile } from '../../../src/tensorflow/index.js';
import { joinThis, tell } from './rank.js';

const waitsInStep = process.argv[3] === 'step';
const group = await joinThis();
const step = compile((x: tf.Tensor) => group.mean([tf.square(x)]));
const x = tf.ones([1000]);
try {
  for (let n = 1; n <= 3; n++) {
    tf.dispose(step(x));
    group.reached(n);
  }
  tell({ rank: group.rank });
  if (group.rank === group.size - 1) for (;;) Math.random();
  if (waitsInStep) step(x);
  else await group.gather(group.rank);
} catch (error) {
  const cause = (await group.cause(error)) as Error;
  tell({ name: cause.name, message: cause.message });
  process.exit(1);
}
