import * as tf from '@tensorflow/tfjs-core';
import { applyMomentum, compile, type Precision } from '../../src/tensorflow/index.js';

type LowPrecision = Exclude<Precision, 'float32'>;

export const FORMATS = ['bfloat16', 'float16'] as const;

/** Digits of the formats: half a unit in the last place. */
export const UNIT: Readonly<Record<LowPrecision, number>> = { bfloat16: 2 ** -9, float16: 2 ** -12 };

/**
 * How far a forward pass may be off, as a share of its largest output: six roundings, of what goes in and out of its
 * three products. Where the processor has no bfloat16, TensorFlow cuts off what a matrix product has too many digits,
 * always towards 0: there it is twelve.
 */
export function allowed(precision: LowPrecision): number {
  const roundings = precision === 'bfloat16' && cutsProducts() ? 12 : 6;
  return roundings * UNIT[precision];
}

function cutsProducts(): boolean {
  const product = compile((x: tf.Tensor2D) => tf.matMul(x, x), { precision: 'bfloat16' });
  try {
    // (1 + 11/128)² = 1 + 22.9/128, and bfloat16 has steps of 1/128 there.
    return tf.tidy(() => product(tf.tensor2d([[1 + 11 / 128]])).dataSync()[0]! === 1 + 22 / 128);
  } finally {
    product.dispose();
  }
}

/** A network under test: its logits and what of it is trained. */
export interface Trainable<X extends tf.Tensor> {
  logits(x: X): tf.Tensor;
  variables: tf.Variable[];
}

/**
 * The losses of 50 steps of gradient descent with momentum 0.9, compiled in a precision.
 *
 * @param owned takes what is to be disposed of after the test
 */
export function lossCurve<X extends tf.Tensor>(
  owned: <T extends { dispose(): void }>(disposable: T) => T,
  { logits, variables }: Trainable<X>,
  { x, labels, rate }: { x: X; labels: tf.Tensor; rate: tf.Scalar },
  precision: Precision,
): number[] {
  const slots = variables.map(({ shape }) => owned(tf.tidy(() => tf.variable(tf.zeros(shape)))));
  const step = owned(
    compile(
      (x: tf.Tensor) =>
        tf.tidy(() => {
          const loss = (): tf.Scalar => tf.losses.softmaxCrossEntropy(labels, logits(x as X));
          const { value, grads } = tf.variableGrads(loss, variables);
          variables.forEach((variable, i) =>
            applyMomentum(variable, slots[i]!, grads[variable.name]!, rate, 0.9),
          );
          return value;
        }),
      { precision },
    ),
  );
  return Array.from({ length: 50 }, () => owned(step(x)).dataSync()[0]!);
}
