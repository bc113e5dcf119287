import * as tf from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { relu6, swish } from '../../tensorflow/index.js';
import type { Layer } from './graph.js';

type Apply = (x: tf.Tensor) => tf.Tensor;
type WithActivation = Layer & { activation?: { getClassName(): string } };

/** Activations that tfjs-layers writes as several operations, and takes apart into more for the gradient. */
const activations: Readonly<Record<string, Apply>> = { relu6, swish };

/** A layer as fewer operations, with the same values; undefined where it is as well called. */
export function fusedLayer(layer: Layer): Apply | undefined {
  const name = (layer as WithActivation).activation?.getClassName() ?? 'linear';
  if (layer.getClassName() === 'Activation' && Object.hasOwn(activations, name)) return activations[name];
  if (layer.getClassName() === 'Dense' && name === 'linear' && layer.weights.length === 2) {
    const [kernel, bias] = layer.weights as [LayerVariable, LayerVariable];
    return (x) => linear(x, kernel.read() as tf.Tensor2D, bias.read());
  }
  return undefined;
}

/** The bias is added to rows, as the product gives them, so that the runtime makes one operation of both. */
function linear(x: tf.Tensor, kernel: tf.Tensor2D, bias: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const rows = tf.reshape<tf.Rank.R2>(x, [-1, kernel.shape[0]]);
    const sums = tf.add(tf.matMul(rows, kernel), bias);
    return tf.reshape(sums, [...x.shape.slice(0, -1), kernel.shape[1]]);
  });
}
