// A rank that reduces for ever; it tells its name after the first time, and in the end what went wrong.
import * as tf from '@tensorflow/tfjs-core';
import { compile } from '../../../src/tensorflow/index.js';
import { joinThis, tell } from './rank.js';

const group = await joinThis();
const step = compile((x: tf.Tensor) => group.mean([tf.square(x)]));
const x = tf.ones([1000]);
try {
  for (let n = 1; ; n++) {
    tf.dispose(step(x));
    group.reached(n);
    if (n === 1) tell({ rank: group.rank, pid: process.pid });
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
} catch (error) {
  const cause = (await group.cause(error)) as Error;
  tell({ name: cause.name, message: cause.message });
  process.exit(1);
}
