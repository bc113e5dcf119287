import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { invalid, phrase } from '../../errors.js';
import type { Classifier } from './types.js';

/** What a model takes and gives. */
export type Signature = Pick<Classifier, 'inputShape' | 'classes'>;

/** @throws InvalidInput where a model takes no images, or gives no number for each class; where names do not fit */
export function signatureOf(model: LayersModel, classNames: readonly string[] | undefined): Signature {
  const inputShape = model.inputs[0]!.shape.slice(1) as Signature['inputShape'];
  if (inputShape.length !== 3) throw invalid('model', 'input [N, H, W, C]', model.inputs[0]!.shape);
  const [, classes, ...rest] = model.outputs[0]!.shape;
  if (!classes || rest.length > 0) throw invalid('model', 'output [N, classes]', model.outputs[0]!.shape);
  if (classNames && classNames.length !== classes) {
    throw invalid('classNames', `${classes} names, one for each output of the model`, classNames.length);
  }
  return { inputShape, classes };
}

/** Lets images through that a network takes, and throws InvalidInput for others. */
export function imageCheck(inputShape: Signature['inputShape']): (images: tf.Tensor4D) => tf.Tensor4D {
  return (images) => {
    const fits =
      images.rank === 4 && inputShape.every((size, axis) => !size || size === images.shape[axis + 1]);
    if (fits) return images;
    const sizes = ['H', 'W', 'C'].map((letter, axis) => inputShape[axis] ?? letter).join(', ');
    throw invalid('images', `a tensor [N, ${sizes}]`, images.shape);
  };
}

/** @throws InvalidInput for what is no LayersModel */
export function checkModel(model: unknown): void {
  const parts = model as
    Partial<LayersModel & { executor: unknown; executeAsync: unknown }> | null | undefined;
  if (Array.isArray(parts?.layers) && Array.isArray(parts.inputs)) return;
  const isGraph = typeof parts?.executeAsync === 'function' || parts?.executor !== undefined;
  throw invalid(
    'model',
    'a tfjs LayersModel',
    phrase(isGraph ? 'a GraphModel' : parts === null ? 'null' : typeof parts),
    isGraph
      ? 'its layers cannot be seen: convert the original with --output_format=tfjs_layers_model'
      : 'tf.loadLayersModel() or openClassifier() gives one',
  );
}
