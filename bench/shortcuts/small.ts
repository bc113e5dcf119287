import * as tf from '@tensorflow/tfjs-core';
import { layers, model as layersModel, type LayersModel, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { classifier, normalize, type Preprocessing } from '../../src/models/index.js';
import { mixSeeds, permutation, random, type Random } from '../../src/random.js';
import { compile } from '../../src/tensorflow/index.js';

/**
 * A small network trained from nothing: four convolutions, pooling, one linear layer. Images are flipped and moved by up
 * to a sixteenth of the side, as in training of any network.
 */
export function trainSmall(
  images: readonly Uint8Array[],
  labels: readonly number[],
  {
    size,
    classes,
    seed,
    epochs,
    preprocessing,
  }: { size: number; classes: number; seed: number; epochs: number; preprocessing: Preprocessing },
): LayersModel {
  const image = layersModelInput(size);
  const convolution = (x: SymbolicTensor, filters: number, strides: number, at: number): SymbolicTensor =>
    layers
      .conv2d({
        filters,
        strides,
        kernelSize: 3,
        padding: 'same',
        activation: 'relu',
        name: `conv${at}`,
        kernelInitializer: { className: 'HeNormal', config: { seed: mixSeeds(seed, at) % 65536 } } as never,
      })
      .apply(x) as SymbolicTensor;
  let x = convolution(image, 24, 2, 1);
  x = convolution(x, 48, 2, 2);
  x = convolution(x, 96, 2, 3);
  x = convolution(x, 96, 1, 4);
  const pooled = layers.globalAveragePooling2d({ name: 'pool' }).apply(x) as SymbolicTensor;
  const head = { className: 'GlorotUniform', config: { seed: mixSeeds(seed, 5) % 65536 } } as never;
  const logits = layers
    .dense({ units: classes, name: 'head', kernelInitializer: head })
    .apply(pooled) as SymbolicTensor;
  const network = layersModel({ inputs: image, outputs: logits });
  const view = classifier(network, { preprocessing });
  const optimizer = tf.train.adam(4e-3);
  const variables = network.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const step = compile(
    (pixels: tf.Tensor4D, target: tf.Tensor1D) =>
      optimizer.minimize(
        () => {
          const scores = view.trainingLogits(normalize(pixels, preprocessing));
          const own = tf.sum(tf.mul(tf.oneHot(target, classes), tf.logSoftmax(scores)), 1);
          return tf.neg(tf.mean(own)) as tf.Scalar;
        },
        true,
        variables,
      )!,
    { name: 'small', onNote: () => undefined },
  );
  const next = random(mixSeeds(seed, 99));
  const batch = 32;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = permutation(images.length, next);
    for (let from = 0; from + batch <= images.length; from += batch) {
      const bytes = new Uint8Array(batch * size * size * 3);
      const target = tf.tensor1d(
        Array.from(order.slice(from, from + batch), (at) => labels[at]!),
        'int32',
      );
      for (let at = 0; at < batch; at++)
        bytes.set(varied(images[order[from + at]!]!, size, next), at * size * size * 3);
      step({ pixels: bytes, shape: [batch, size, size, 3] }, target).dispose();
      target.dispose();
    }
  }
  step.dispose();
  optimizer.dispose();
  return network;
}

function layersModelInput(size: number): SymbolicTensor {
  return layers.inputLayer({ inputShape: [size, size, 3] }).inboundNodes[0]!.outputTensors[0]!;
}

function varied(image: Uint8Array, size: number, next: Random): Uint8Array {
  const flipped = next() < 0.5;
  const most = Math.floor(size / 16);
  const [down, across] = [Math.round((2 * next() - 1) * most), Math.round((2 * next() - 1) * most)];
  const out = new Uint8Array(image.length);
  const inside = (at: number): number => Math.max(0, Math.min(size - 1, at));
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const from = 3 * (inside(y + down) * size + inside((flipped ? size - 1 - x : x) + across));
      const to = 3 * (y * size + x);
      out[to] = image[from]!;
      out[to + 1] = image[from + 1]!;
      out[to + 2] = image[from + 2]!;
    }
  return out;
}
