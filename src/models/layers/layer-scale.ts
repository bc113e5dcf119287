import * as tf from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { listOf, shapeOf, SimpleLayer, type Shape } from './layer.js';

/** Multiplies each channel by a weight. @see Touvron et al. (2021), "Going deeper with Image Transformers" */
export class LayerScale extends SimpleLayer {
  static className = 'LayerScale';
  private gamma?: LayerVariable;

  override build(inputShape: Shape | Shape[]): void {
    this.gamma = this.parameter('gamma', [shapeOf(inputShape).at(-1)!], 'ones');
    this.built = true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => tf.mul(listOf(inputs)[0]!, this.gamma!.read()));
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return inputShape;
  }
}
