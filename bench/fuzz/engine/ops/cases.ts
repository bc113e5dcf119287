import * as tf from '@tensorflow/tfjs-core';
import { arithmetic } from '../../../../test/tensorflow/operations/arithmetic.js';
import { convolutions } from '../../../../test/tensorflow/operations/convolutions.js';
import { elementwise } from '../../../../test/tensorflow/operations/elementwise.js';
import type { OpCase } from '../../../../test/tensorflow/operations/op-case.js';
import { shapes } from '../../../../test/tensorflow/operations/shapes.js';
import { flatten } from '../../../../src/tensorflow/structure.js';
import { fit } from '../fit.js';
import { grows, type Op, type Vocabulary } from './op.js';

/** Cases that jump somewhere (rounding may turn one result into another), that lose digits, or that grow large. */
const JUMP = new Set([
  ...['ceil', 'floor', 'round', 'sign', 'step', 'mod', 'floorDiv', 'argMax, argMin', 'topk', 'cast'],
  ...[
    'isNaN, isInf, isFinite',
    'linalg.gramSchmidt',
    'divNoNan',
    'cropAndResize',
    'tan',
    'integer arithmetic',
  ],
]);

/**
 * The uses of operations that the tests of compile() go through. They keep their shapes; what is fed to their float
 * inputs is fitted to these and bounded as their own inputs are, the other inputs stay as they are.
 */
export const cases: Vocabulary = Object.fromEntries(
  [...elementwise, ...arithmetic, ...convolutions, ...shapes]
    .filter(({ name }) => !JUMP.has(name))
    .map((use) => [`case ${use.name}`, asOp(use)]),
);

function asOp({ name, run, inputs, gradient }: OpCase): Op {
  return {
    slots: Array.from({ length: run.length }, () => 'F'),
    gives: 'float',
    // tfjs's gradient of logSigmoid uses a tensor that it does not save.
    order: gradient && name !== 'logSigmoid' ? 1 : 0,
    grows: grows.to(4),
    run(given, [which]) {
      const made = inputs().map((sample, i) => (sample.dtype === 'float32' && given[i] ? like(sample, given[i]) : sample));
      const results = flatten(run(...made)).leaves as tf.Tensor[];
      const result = results[which! % results.length]!;
      return result.dtype === 'float32' ? result : tf.cast(result, 'float32');
    },
  }; // prettier-ignore
}

/** A sample that depends on x and stays where samples are: between half of it and itself. */
function like(sample: tf.Tensor, x: tf.Tensor): tf.Tensor {
  return tf.mul(sample, tf.add(tf.mul(tf.tanh(fit(x, sample.shape)), 0.25), 0.75));
}
