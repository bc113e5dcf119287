import * as tf from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
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
  let [gradients, worst, weights] = [0, '', 0];
  for (const { names, arrange, variable } of parameters) {
    const parts = names.map((name) => tensors.get(`gradient:${name}`));
    if (parts.some((part) => !part)) throw new Error(`no gradient of ${names.join()}`);
    const expected = Float32Array.from(parts.flatMap((part) => Array.from(part!.read())));
    const found = grads[inner(variable).name]!.dataSync();
    const distance = difference(found, arrange(expected));
    weights++;
    if (!(distance <= gradients)) [gradients, worst] = [distance, names[0]!];
  }
  tf.dispose(grads);
  images.dispose();
  model.dispose();
  const noise = [...tensors.get('noise')!.read()] as [number, number];
  return { logits, gradients, worst, weights, noise, notes };
}

function inner(variable: LayerVariable): tf.Variable {
  return (variable as unknown as { val: tf.Variable }).val;
}
