import * as tf from '@tensorflow/tfjs-core';

/** Where the scaling of a run's loss stands. */
export interface LossScaleState {
  /** What the loss is multiplied by. */
  scale: number;
  /** Steps in a row whose gradients were finite, since the scale last changed. */
  finiteSteps: number;
}

/** How the scale begins and grows. */
export interface LossScaleOptions {
  /** The scale at the start, default 2^16. */
  scale?: number;
  /** Finite steps in a row after which the scale doubles, default 2000. */
  interval?: number;
}

/** Dynamic scaling of one network's loss; the scale lives beside the weights, inside the compiled step. */
export interface LossScale {
  /** The loss times the scale. Records gradients. */
  scaled(loss: tf.Scalar): tf.Scalar;
  /** Gradients of scaled losses, summed over that many images → the mean gradient of the losses themselves. */
  unscaled(gradients: readonly tf.Tensor[], images: number | tf.Scalar): tf.Tensor[];
  /** Moves the scale on after a step, `finite` being a scalar bool: whether the step's gradients were. */
  adjust(finite: tf.Scalar): void;
  /** Reads where the scaling stands. */
  read(): LossScaleState;
  /** Goes on from where another run stood. */
  restore(state: LossScaleState): void;
  dispose(): void;
}

/** A gradient that needs more than this is zero; doubled for ever, the scale itself would overflow. */
const LARGEST = 2 ** 64;

/**
 * Dynamic loss scaling as torch.amp.GradScaler does it: the scale is halved after a step whose gradients are not all
 * finite, and doubled after `interval` steps in a row whose gradients are. Gradients that float16 would round to zero
 * are lifted into its range so.
 *
 * @see Micikevicius et al. (2018), "Mixed Precision Training"
 */
export function lossScale({ scale: start = 2 ** 16, interval = 2000 }: LossScaleOptions = {}): LossScale {
  const scale = scalarVariable(start);
  const finiteSteps = scalarVariable(0);
  return {
    scaled: (loss) => tf.mul(loss, scale),
    unscaled(gradients, images) {
      return tf.tidy(() => {
        const divisor = tf.mul(scale, images);
        return gradients.map((gradient) => tf.div(gradient, divisor));
      });
    },
    adjust(finite) {
      tf.tidy(() => {
        const inARow = tf.add(finiteSteps, 1);
        const isDue = tf.greaterEqual(inARow, interval);
        const doubled = tf.minimum(tf.mul(scale, 2), LARGEST);
        const halved = tf.mul(scale, 0.5);
        scale.assign(tf.where(finite, tf.where(isDue, doubled, scale), halved));
        finiteSteps.assign(tf.where(tf.logicalAnd(finite, tf.logicalNot(isDue)), inARow, 0));
      });
    },
    read: () => ({ scale: scale.dataSync()[0]!, finiteSteps: finiteSteps.dataSync()[0]! }),
    restore(state) {
      tf.tidy(() => {
        scale.assign(tf.scalar(state.scale));
        finiteSteps.assign(tf.scalar(state.finiteSteps));
      });
    },
    dispose: () => tf.dispose([scale, finiteSteps]),
  };
}

/**
 * Whether every element of every tensor is finite, decided in the graph: a sum is finite only if all its terms are.
 *
 * @returns scalar bool; the caller owns it
 */
export function areFinite(tensors: readonly tf.Tensor[]): tf.Scalar {
  return tf.tidy(() => tf.isFinite<tf.Scalar>(tf.addN(tensors.map((tensor) => tf.sum<tf.Scalar>(tensor)))));
}

function scalarVariable(value: number): tf.Variable {
  return tf.tidy(() => tf.variable(tf.scalar(value), false));
}
