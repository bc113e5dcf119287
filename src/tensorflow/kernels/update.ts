import * as tf from '@tensorflow/tfjs-core';
import { COMPILER, type Compiler } from '../compile.js';
import { attribute, FLOAT_TYPE } from './native-ops.js';

/**
 * Updates variables in place by TensorFlow's own operation, where a compiled function is being traced.
 *
 * @returns whether it was: elsewhere nothing has happened
 */
export function updateInGraph(
  operation: 'ResourceApplyAdam' | 'ResourceApplyMomentum',
  variables: tf.Variable[],
  inputs: tf.Tensor[],
  nesterov: boolean,
): boolean {
  const compiler = (tf.backend() as { [COMPILER]?: Compiler })[COMPILER];
  const attributes = [
    FLOAT_TYPE,
    attribute('use_locking', 'bool', false),
    attribute('use_nesterov', 'bool', nesterov),
  ];
  return compiler?.update(operation, attributes, variables, inputs) ?? false;
}
