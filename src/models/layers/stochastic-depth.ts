import * as tf from '@tensorflow/tfjs-core';
import { isTraining, listOf, SimpleLayer, type LayerArguments, type Shape } from './layer.js';

/**
 * In training, leaves out the whole branch of an image with the probability `rate`, and multiplies the others by
 * 1 / (1 − rate); otherwise nothing.
 *
 * @see Huang et al. (2016), "Deep Networks with Stochastic Depth"
 */
export class StochasticDepth extends SimpleLayer {
  static className = 'StochasticDepth';
  readonly rate: number;

  constructor(args: NonNullable<LayerArguments> & { rate: number }) {
    super(args);
    this.rate = args.rate;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor {
    const [x] = listOf(inputs) as [tf.Tensor];
    if (!isTraining(kwargs) || this.rate === 0) return x.clone();
    return tf.tidy(() => {
      const each = [x.shape[0], ...x.shape.slice(1).map(() => 1)];
      const kept = tf.cast(tf.greaterEqual(tf.randomUniform(each), this.rate), 'float32');
      return tf.mul(x, tf.div(kept, 1 - this.rate));
    });
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return inputShape;
  }

  override getConfig() {
    return { ...super.getConfig(), rate: this.rate };
  }
}
