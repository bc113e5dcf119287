import * as tf from '@tensorflow/tfjs-core';
import {
  model as layersModel,
  type layers,
  type LayersModel,
  type LayerVariable,
} from '@tensorflow/tfjs-layers';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { classifier, loadModel } from '../../../src/models/index.js';
import { recognize } from '../../../src/models/networks/index.js';
import { readSafetensors, torchParameters } from '../../../src/models/weights/index.js';
import { channelsLast, difference } from '../tensors.js';

/** How far a network here is from the same in PyTorch. */
export interface Compared {
  /** The largest difference of the logits, over the largest logit. */
  logits: number;
  /** The same of the gradient of each weight; the largest. */
  gradients: number;
  /** The weight that it belongs to. */
  worst: string;
  weights: number;
  /** How far PyTorch is in float32 from itself in float64: logits and gradients, as above. */
  noise: [logits: number, gradients: number];
  notes: string[];
  /** For each ReLU, in the order in which they are computed: which side of its kinks each value is on here. */
  sides(): Side[];
  /** How far the gradients are from others, as `gradients`. */
  apartFrom(gradients: ReadonlyMap<string, { read(): Float32Array }>): number;
  dispose(): void;
}

/** Of each value of a ReLU, [N, C, H, W] or [N, F]: 0 below its kink, 1 above, 2 above the second one of a ReLU6. */
export interface Side {
  shape: number[];
  sides: Uint8Array;
}

const labels = [1, 7, 4];

/** Loads a network from the weights in a folder and compares it with what PyTorch computed. */
export async function compareNetwork(folder: string): Promise<Compared> {
  const { tensors } = readSafetensors(await readFile(join(folder, 'expected.safetensors')), 'expected');
  const file = readSafetensors(await readFile(join(folder, 'model.safetensors')), 'model');
  const { model, notes } = await loadModel(folder);
  const network = classifier(model);
  const images = channelsLast(tensors.get('images')!);
  const logits = difference(
    tf.tidy(() => network.logits(images).dataSync()),
    tensors.get('logits')!.read(),
  );

  const parameters = torchParameters(model, recognize(file, folder).source.names).filter(
    ({ variable }) => variable.trainable,
  );
  const variables = parameters.map(({ variable }) => inner(variable));
  const loss = () => {
    const found = network.logits(images);
    const chosen = tf.mul(tf.logSoftmax(found), tf.oneHot(tf.tensor1d(labels, 'int32'), network.classes));
    return tf.neg(tf.div(tf.sum(chosen), labels.length)) as tf.Scalar;
  };
  const { grads } = tf.tidy(() => tf.variableGrads(loss, variables));
  const pairs = parameters.map(({ names, arrange, variable }) => ({
    names,
    arrange,
    found: grads[inner(variable).name]!.dataSync(),
  }));
  const farthest = (from: ReadonlyMap<string, { read(): Float32Array }>): [number, string] => {
    let [most, worst] = [0, ''];
    for (const { names, arrange, found } of pairs) {
      const parts = names.map((name) => from.get(`gradient:${name}`));
      if (parts.some((part) => !part)) throw new Error(`no gradient of ${names.join()}`);
      const expected = Float32Array.from(parts.flatMap((part) => Array.from(part!.read())));
      const distance = difference(found, arrange(expected));
      if (!(distance <= most)) [most, worst] = [distance, names[0]!];
    }
    return [most, worst];
  };
  const [gradients, worst] = farthest(tensors);
  tf.dispose(grads);
  const noise = [...tensors.get('noise')!.read()] as [number, number];
  return {
    ...{ logits, gradients, worst, weights: pairs.length, noise, notes },
    apartFrom: (from) => farthest(from)[0],
    sides: () => sidesOf(model, images),
    dispose() {
      images.dispose();
      model.dispose();
    },
  };
}

function sidesOf(model: LayersModel, images: tf.Tensor4D): Side[] {
  const kindOf = (layer: layers.Layer) => layer.getConfig()['activation'];
  const relus = model.layers.filter((layer) => kindOf(layer) === 'relu' || kindOf(layer) === 'relu6');
  return relus.map((layer) => {
    const top = kindOf(layer) === 'relu6' ? 6 : Infinity;
    const { shape, values } = tf.tidy(() => {
      // As the logits are computed, fused layers and all.
      const y =
        layer.outputShape.length === 4
          ? tf.transpose(classifier(model, { layer: layer.name }).activations(images), [0, 3, 1, 2])
          : (layersModel({ inputs: model.inputs, outputs: layer.output }).predict(images) as tf.Tensor);
      return { shape: y.shape, values: y.dataSync() };
    });
    return {
      shape,
      sides: Uint8Array.from(values, (value) => Number(value > 0) + Number(value >= top)),
    };
  });
}

function inner(variable: LayerVariable): tf.Variable {
  return (variable as unknown as { val: tf.Variable }).val;
}
