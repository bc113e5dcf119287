import type * as tf from '@tensorflow/tfjs-core';
import { relu6, swish } from '../../tensorflow/index.js';
import type { Layer } from './graph.js';

/** What tfjs-layers writes as several operations, and takes apart into more for the gradient. */
const fused: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = { relu6, swish };

/** A faster form of a layer that is nothing but its activation, with the same values; undefined where there is none. */
export function activationOf(layer: Layer): ((x: tf.Tensor) => tf.Tensor) | undefined {
  if (layer.getClassName() !== 'Activation') return undefined;
  const { activation } = layer as Layer & { activation: { getClassName(): string } };
  const name = activation.getClassName();
  return Object.hasOwn(fused, name) ? fused[name] : undefined;
}
