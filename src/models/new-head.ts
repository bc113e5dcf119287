import * as tf from '@tensorflow/tfjs-core';
import { layers, model as layersModel, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { invalid, phrase } from '../errors.js';
import { mixSeeds, random } from '../random.js';
import { fill, uniform } from './initialize.js';

/**
 * A model with a new last layer for another set of classes; all others are the same layers with the same weights. The
 * last layer is dense, or a 1×1 convolution, before pooling or behind it. What stands behind it and only reshapes or
 * makes probabilities is left out: the new model gives logits. The old last layer's weights are disposed of, so the
 * model given is used up.
 *
 * @param classes number of outputs, from 1
 * @param seed of the new layer's kernel: uniform in ±1/sqrt(fan-in); its bias is 0
 * @throws InvalidInput where the model ends otherwise
 */
export function withNewHead(model: LayersModel, classes: number, seed = 0): LayersModel {
  if (!Number.isInteger(classes) || classes < 1) throw invalid('classes', 'an integer from 1', classes);
  const { last, features, behind } = findLast(model);
  const { name } = last;
  const useBias = last.weights.length > 1;
  const head =
    last.getClassName() === 'Dense'
      ? layers.dense({ units: classes, name })
      : layers.conv2d({ filters: classes, kernelSize: 1, useBias, name });
  head.setFastWeightInitDuringBuild(true);
  const scores = head.apply(features) as SymbolicTensor;
  const next = random(mixSeeds(seed, 0x4ead));
  fill(head.weights[0]!, uniform(1 / Math.sqrt(head.weights[0]!.shape.at(-2)!), next));
  const logits = last.getClassName() === 'Dense' ? scores : asLogits(scores, behind, classes);
  const renewed = layersModel({ inputs: model.inputs, outputs: logits, name: model.name });
  for (const variable of last.weights) variable.dispose();
  return renewed;
}

/**
 * Puts a model's outputs in another order, in place, by its last layer.
 *
 * @param order for each new output, the old one that it was
 * @throws InvalidInput where the model ends in neither a dense layer nor a 1×1 convolution
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

/** What a layer behind the last one with weights does to the scores. */
type Behind = 'nothing' | 'relu' | 'mean';

interface Last {
  last: layers.Layer;
  features: SymbolicTensor;
  /** In the order of the network. */
  behind: Behind[];
}

function findLast(model: LayersModel): Last {
  let output = model.outputs[0]!;
  const behind: Behind[] = [];
  for (let kind = kindOf(output); kind !== undefined; kind = kindOf(output)) {
    behind.unshift(kind);
    output = output.inputs[0]!;
  }
  const last = output.sourceLayer;
  const type = last.getClassName();
  const onlyReshaped = behind.every((kind) => kind === 'nothing');
  if ((type === 'Dense' && onlyReshaped) || isPointwise(last))
    return { last, features: output.inputs[0]!, behind };
  throw invalid('model', 'a dense layer or a 1×1 convolution at its end', phrase(`${type} '${last.name}'`));
}

/** What a layer without weights does; undefined for one that has them, or does something else. */
function kindOf({ sourceLayer, inputs }: SymbolicTensor): Behind | undefined {
  const { operation, attributes } =
    (sourceLayer as { given?: { operation?: string; attributes?: { axes?: number[] } } }).given ?? {};
  const type = sourceLayer.getClassName();
  const activation = (sourceLayer as { activation?: { getClassName(): string } }).activation?.getClassName();
  if (type === 'ReLU' || operation === 'relu' || (type === 'Activation' && activation === 'relu'))
    return 'relu';
  if (['Activation', 'Softmax', 'Dropout', 'Flatten', 'Reshape', 'Permute'].includes(type)) return 'nothing';
  if (operation === 'reshape' || operation === 'identity') return 'nothing';
  const [, rows, columns] = inputs[0]?.shape ?? [];
  const all = operation === 'reduceMean' && attributes?.axes?.join() === '1,2';
  if (type === 'GlobalAveragePooling2D' || all) return 'mean';
  // A window over all of one position, or over the whole image.
  const { size } = (attributes ?? {}) as { size?: number[] };
  if (operation === 'averagePool' && size?.[0] === rows && size?.[1] === columns) return 'mean';
  return undefined;
}

function isPointwise(layer: layers.Layer): boolean {
  const [rows, columns] = layer.weights[0]?.shape ?? [];
  const { strides = [] } = layer as { strides?: number[] };
  return (
    layer.getClassName() === 'Conv2D' &&
    rows === 1 &&
    columns === 1 &&
    strides.every((stride) => stride === 1)
  );
}

/** [N, h, w, classes] → [N, classes], through what stood behind the old layer. */
function asLogits(scores: SymbolicTensor, behind: Behind[], classes: number): SymbolicTensor {
  let x = scores;
  const { name } = scores.sourceLayer;
  if (behind.includes('relu')) x = layers.reLU({ name: `${name}_relu` }).apply(x) as SymbolicTensor;
  if (behind.includes('mean'))
    return layers.globalAveragePooling2d({ name: `${name}_mean` }).apply(x) as SymbolicTensor;
  return layers.reshape({ name: `${name}_logits`, targetShape: [classes] }).apply(x) as SymbolicTensor;
}
