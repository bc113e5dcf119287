import type * as tf from '@tensorflow/tfjs-core';
import { initializers, layers, type LayerVariable } from '@tensorflow/tfjs-layers';

export type Shape = (number | null)[];
export type LayerArguments = ConstructorParameters<typeof layers.Layer>[0];
type Call = Record<string, unknown>;

/** What our layers share: tfjs-layers hands a layer's one input over as it is or in a list. */
export abstract class SimpleLayer extends layers.Layer {
  constructor(args: LayerArguments = {}) {
    super(args);
  }

  /** A trainable weight, zero at first or one. */
  protected parameter(name: string, shape: number[], initial: 'zeros' | 'ones' = 'zeros'): LayerVariable {
    return this.addWeight(
      name,
      shape,
      'float32',
      initial === 'ones' ? initializers.ones() : initializers.zeros(),
    );
  }
}

/** A layer's inputs as a list. */
export function listOf(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor[] {
  return Array.isArray(inputs) ? inputs : [inputs];
}

/** The shape of a layer's first input. */
export function shapeOf(shape: Shape | Shape[]): Shape {
  return (Array.isArray(shape[0]) ? shape[0] : shape) as Shape;
}

/** Whether a layer is called for training. */
export function isTraining(kwargs: Call): boolean {
  return kwargs['training'] === true;
}
