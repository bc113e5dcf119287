import * as tf from '@tensorflow/tfjs-core';
import { listOf, SimpleLayer, type Shape } from './layer.js';

/** x · Φ(x), with the error function itself and not tanh's approximation. */
export class Gelu extends SimpleLayer {
  static className = 'Gelu';

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return gelu(listOf(inputs)[0]!);
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return inputShape;
  }
}

/** max(0, min(1, (x + 3) / 6)), as PyTorch has it; Keras's is steeper. */
export class HardSigmoid extends SimpleLayer {
  static className = 'HardSigmoidOf6';

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => hardSigmoid(listOf(inputs)[0]!));
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return inputShape;
  }
}

/** x · hardSigmoid(x). @see Howard et al. (2019), "Searching for MobileNetV3" */
export class HardSwish extends SimpleLayer {
  static className = 'HardSwish';

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [x] = listOf(inputs) as [tf.Tensor];
    return tf.tidy(() => tf.mul(x, hardSigmoid(x)));
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return inputShape;
  }
}

function hardSigmoid(x: tf.Tensor): tf.Tensor {
  return tf.div(tf.relu6(tf.add(x, 3)), 6);
}

/**
 * GELU with a gradient that keeps its input alone: tfjs would keep four values of its size.
 *
 * @see Hendrycks & Gimpel (2016), "Gaussian Error Linear Units"
 */
export function gelu(x: tf.Tensor): tf.Tensor {
  const apply = tf.customGrad((x, save) => {
    (save as tf.GradSaveFunc)([x as tf.Tensor]);
    return {
      value: tf.tidy(() => tf.mul(x as tf.Tensor, cumulative(x as tf.Tensor))),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [x] = saved as [tf.Tensor];
        const density = tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
        return tf.mul(dy, tf.add(cumulative(x), tf.mul(x, density)));
      },
    };
  });
  return apply(x);
}

/** Φ, the normal distribution's. */
function cumulative(x: tf.Tensor): tf.Tensor {
  return tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);
}
