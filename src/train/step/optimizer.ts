import * as tf from '@tensorflow/tfjs-core';
import { adamWStep, type AdamWOptions } from './adamw.js';
import type { Parameter } from './parameters.js';
import { sgdStep, type SgdOptions } from './sgd.js';

/** How gradients become steps: sgdStep or adamWStep. */
export type OptimizerOptions = ({ name: 'sgd' } & SgdOptions) | ({ name: 'adamw' } & AdamWOptions);

/** An optimizer of some parameters, with what it remembers between steps. */
export interface Optimizer {
  /** What is remembered, zero at the start: what a run that is resumed puts back. */
  slots: tf.Variable[];
  /**
   * Makes a step; may be traced by compile().
   *
   * @param gradients one for each parameter, in order
   * @param learningRate scalar float32, before the parameter's factor
   * @param taken scalar bool: where it is false, nothing changes; default: the step is always taken
   */
  step(gradients: readonly tf.Tensor[], learningRate: tf.Scalar, taken?: tf.Scalar): void;
}

/** Makes an optimizer; the caller owns its slots. */
export function optimizer(parameters: readonly Parameter[], options: OptimizerOptions): Optimizer {
  if (options.name === 'sgd') {
    const slots = zerosFor(parameters, 'momentum');
    return {
      slots,
      step: (gradients, rate, taken) => sgdStep(parameters, gradients, slots, rate, options, taken),
    };
  }
  const slots = {
    first: zerosFor(parameters, 'first moment'),
    second: zerosFor(parameters, 'second moment'),
    steps: zeroVariable([], 'steps'),
  };
  return {
    slots: [...slots.first, ...slots.second, slots.steps],
    step: (gradients, rate, taken) => adamWStep(parameters, gradients, slots, rate, options, taken),
  };
}

/** A variable for each parameter, of its shape, zero; the caller owns them. */
export function zerosFor(parameters: readonly Parameter[], purpose: string): tf.Variable[] {
  return parameters.map(({ variable, name }) => zeroVariable(variable.shape, `${purpose} of ${name}`));
}

function zeroVariable(shape: number[], name: string): tf.Variable {
  return tf.tidy(() => tf.variable(tf.zeros(shape), false, unique(name)));
}

let made = 0;

/** tfjs wants names of variables to be unique in the process. */
function unique(name: string): string {
  return `${name} (${made++})`;
}
