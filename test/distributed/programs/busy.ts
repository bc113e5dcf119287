// Ranks that make three steps, of which the last one then does something of its own for ever, or works for long within
// a step: the others wait for it in a step, or to hear from it. They tell in the end what went wrong.
import * as tf from '@tensorflow/tfjs-core';
import { compile } from '../../../src/tensorflow/index.js';
import { joinThis, tell } from './rank.js';

const where = process.argv[3];
const group = await joinThis();
const step = compile((x: tf.Tensor) => group.mean([tf.square(x)]));
const x = tf.ones([1000]);
/** Minutes of products before the same mean; few ones, so that tracing them takes no time. */
const long = compile((x: tf.Tensor) => {
  let product = tf.mul<tf.Tensor2D>(tf.fill([4000, 4000], 1e-4), tf.slice(x, 0, 1));
  for (let i = 0; i < 60; i++) product = tf.matMul(product, product);
  return group.mean([tf.add(x, tf.sum(product))]);
});
try {
  for (let n = 1; n <= 3; n++) {
    tf.dispose(step(x));
    group.reached(n);
  }
  tell({ rank: group.rank });
  if (group.rank === group.size - 1) {
    if (where === 'inside') long(x);
    for (;;) Math.random();
  }
  if (where !== 'gather') step(x);
  else await group.gather(group.rank);
} catch (error) {
  const cause = (await group.cause(error)) as Error;
  tell({ name: cause.name, message: cause.message });
  process.exit(1);
}
