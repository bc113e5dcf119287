// Hundreds of variables, assigned in eager code between compiled calls, while the runtime's threads free what they
// replace: npx tsx test/tensorflow/threads/stress.ts [ROUNDS]. Prints "sound" at its end.
import * as tf from '@tensorflow/tfjs-core';
import { compile, loadTensorflow } from '../../../src/tensorflow/index.js';
import { collectGarbage } from '../../garbage.js';

const VARIABLES = 400;
const rounds = Number(process.argv[2] ?? 60);

await loadTensorflow();
await tf.setBackend('tensorflow');

const shapeOf = (index: number): number[] => [1 + (index % 7), 16];
const variables = Array.from({ length: VARIABLES }, (_, i) =>
  tf.tidy(() => tf.variable(tf.zeros(shapeOf(i)))),
);
const grow = compile((x: tf.Tensor) =>
  tf.tidy(() => {
    variables.forEach((variable, i) => variable.assign(tf.add(tf.mul(variable, 0.5), tf.mul(x, i))));
    return tf.addN(variables.map((variable) => tf.sum(variable)));
  }),
);
const expected = new Float64Array(VARIABLES);
for (let round = 1; round <= rounds; round++) {
  variables.forEach((variable, i) => {
    // New memory of V8's for every one, garbage as soon as it is assigned.
    const size = variable.size;
    tf.tidy(() => variable.assign(tf.tensor(new Float32Array(size).fill(round + i), variable.shape)));
    expected[i] = round + i;
  });
  for (let call = 0; call < 2; call++) {
    tf.tidy(() => void grow(tf.scalar(round)));
    expected.forEach((value, i) => (expected[i] = Math.fround(value * 0.5 + round * i)));
  }
  if (round % 10 === 0) collectGarbage();
  const index = (round * 37) % VARIABLES;
  const found = variables[index]!.dataSync();
  if (
    !found.every((value) => Math.abs(value - expected[index]!) <= 1e-3 * Math.abs(expected[index]!) + 1e-3)
  ) {
    throw new Error(`round ${round}, variable ${index}: expected ${expected[index]}, found ${found[0]}`);
  }
}
console.log('sound');
