import type * as tf from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { layerNorm } from '../../tensorflow/index.js';
import { listOf, shapeOf, SimpleLayer, type LayerArguments, type Shape } from './layer.js';

/**
 * Normalizes the last axis: (x − mean) / √(variance + epsilon) · gamma + beta, for any rank. That of tfjs-layers spreads
 * mean and variance over the whole input first.
 *
 * @see Ba, Kiros & Hinton (2016), "Layer Normalization"
 */
export class LayerNorm extends SimpleLayer {
  static className = 'LayerNorm';
  readonly epsilon: number;
  private gamma?: LayerVariable;
  private beta?: LayerVariable;

  constructor(args: NonNullable<LayerArguments> & { epsilon: number }) {
    super(args);
    this.epsilon = args.epsilon;
  }

  override build(inputShape: Shape | Shape[]): void {
    const channels = shapeOf(inputShape).at(-1)!;
    this.gamma = this.parameter('gamma', [channels], 'ones');
    this.beta = this.parameter('beta', [channels]);
    this.built = true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [x] = listOf(inputs) as [tf.Tensor];
    return layerNorm(x, this.epsilon, this.gamma!.read(), this.beta!.read());
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return inputShape;
  }

  override getConfig() {
    return { ...super.getConfig(), epsilon: this.epsilon };
  }
}
