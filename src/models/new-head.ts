import * as tf from '@tensorflow/tfjs-core';
import { layers, model as layersModel, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { invalid } from '../errors.js';
import { mixSeeds, random } from '../random.js';
import { fill, uniform } from './initialize.js';

/**
 * A model with a new last layer for another set of classes; all others are the same layers with the same weights.
 * What stands behind the last Dense layer (a softmax) is left out: the new model gives logits. The old last layer's
 * weights are disposed of, so the model given is used up.
 *
 * @param classes number of outputs, from 1
 * @param seed of the new layer's kernel: uniform in ±1/sqrt(fan-in); its bias is 0
 * @throws InvalidInput where the model does not end in a Dense layer
 */
export function withNewHead(model: LayersModel, classes: number, seed = 0): LayersModel {
  if (!Number.isInteger(classes) || classes < 1) throw invalid('classes', 'an integer from 1', classes);
  const { last, features } = findLast(model);
  const head = layers.dense({ units: classes, name: last.name });
  head.setFastWeightInitDuringBuild(true);
  const logits = head.apply(features) as SymbolicTensor;
  const next = random(mixSeeds(seed, 0x4ead));
  fill(head.weights[0]!, uniform(1 / Math.sqrt(head.weights[0]!.shape[0]!), next));
  const renewed = layersModel({ inputs: model.inputs, outputs: logits, name: model.name });
  for (const variable of last.weights) variable.dispose();
  return renewed;
}

/**
 * Puts a model's outputs in another order, in place, by its last Dense layer.
 *
 * @param order for each new output, the old one that it was
 * @throws InvalidInput where the model does not end in a Dense layer
 */
export function reorderOutputs(model: LayersModel, order: number[]): void {
  const { last } = findLast(model);
  const indices = tf.tensor1d(order, 'int32');
  for (const variable of last.weights) {
    const reordered = tf.gather(variable.read(), indices, variable.shape.length - 1);
    variable.write(reordered);
    reordered.dispose();
  }
  indices.dispose();
}

function findLast(model: LayersModel): { last: layers.Layer; features: SymbolicTensor } {
  let output = model.outputs[0]!;
  while (['Activation', 'Softmax', 'Dropout', 'Flatten'].includes(output.sourceLayer.getClassName())) {
    output = output.inputs[0]!;
  }
  const last = output.sourceLayer;
  if (last.getClassName() !== 'Dense') {
    throw invalid('model', 'a Dense layer at its end', `${last.getClassName()} '${last.name}'`);
  }
  return { last, features: output.inputs[0]! };
}
