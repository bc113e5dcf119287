import * as tf from '@tensorflow/tfjs-core';
import { gelu } from '../../tensorflow/index.js';
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
