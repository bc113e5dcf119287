import * as tf from '@tensorflow/tfjs-core';
import { compile } from '../../tensorflow/index.js';

/** The running average of a network's weights. */
export interface WeightAverage {
  /** What a run that is resumed puts back: the other set of weights, and the count of steps. */
  slots: tf.Variable[];
  /** Takes in the weights of this moment: call it after each step. */
  update(): void;
  /** Exchanges the weights of the network and their average. */
  swap(): void;
  dispose(): void;
}

/**
 * Exponential moving average of weights: average = d · average + (1 − d) · weight after each step, with
 * d = min(decay, (1 + steps) / (10 + steps)), so that the start is soon forgotten (as TensorFlow's
 * ExponentialMovingAverage with num_updates). It begins at the weights as they are.
 *
 * @param weights all that training changes, running statistics of batch norms included
 * @param decay in [0, 1)
 * @see Polyak & Juditsky (1992); Tarvainen & Valpola (2017)
 */
export function weightAverage(weights: readonly tf.Variable[], decay: number): WeightAverage {
  const averages = weights.map((weight) => tf.tidy(() => tf.variable(weight.clone(), false)));
  const steps = tf.tidy(() => tf.variable(tf.scalar(0), false));
  const update = compile(
    () =>
      tf.tidy(() => {
        steps.assign(tf.add(steps, 1));
        const taken = tf.minimum(decay, tf.div(tf.add(steps, 1), tf.add(steps, 10)));
        const given = tf.sub(1, taken);
        weights.forEach((weight, index) => {
          const average = averages[index]!;
          average.assign(tf.add(average, tf.mul(tf.sub(weight, average), given)));
        });
      }),
    { name: 'average' },
  );
  const swap = compile(
    () =>
      tf.tidy(() => {
        weights.forEach((weight, index) => {
          const average = averages[index]!;
          const [own, other] = [weight.clone(), average.clone()];
          weight.assign(other);
          average.assign(own);
        });
      }),
    { name: 'swap' },
  );
  return {
    slots: [...averages, steps],
    update,
    swap,
    dispose() {
      update.dispose();
      swap.dispose();
      tf.dispose([...averages, steps]);
    },
  };
}
