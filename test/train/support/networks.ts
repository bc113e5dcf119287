import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';
import type { Batch } from '../../../src/data/index.js';
import { classifier, type Classifier, type Preprocessing } from '../../../src/models/index.js';
import { parametersOf, training, type Training, type TrainingOptions } from '../../../src/train/index.js';
import { mixSeeds, random } from '../../../src/random.js';

/** The network sees the pixels as they are. */
export const identity: Preprocessing = {
  resize: 2,
  crop: 2,
  interpolation: 'bilinear',
  channels: 'RGB',
  scale: 1,
  mean: [0, 0, 0],
  std: [1, 1, 1],
};

/**
 * The smallest network with all parts: batch norm (named norm), mean over the positions, a linear layer (named head).
 * For images of 2 × 2; kernel [3, classes].
 */
export function smallest(kernel: number[][], bias: number[]): Classifier {
  const model = sequential({
    layers: [
      layers.batchNormalization({ name: 'norm', inputShape: [2, 2, 3], momentum: 0.9, epsilon: 0 }),
      layers.globalAveragePooling2d({ name: 'mean' }),
      layers.dense({ name: 'head', units: bias.length }),
    ],
  });
  tf.tidy(() => model.getLayer('head').setWeights([tf.tensor2d(kernel), tf.tensor1d(bias)]));
  return classifier(model);
}

/**
 * The smallest network that autocast changes: convolution, batch norm, ReLU, convolution, mean over the positions, a
 * linear layer. For images of 4 × 4 and two classes.
 *
 * @param head what the linear layer's weights are multiplied by, and with them the gradients of all layers before it
 */
export function convolutions(head = 1): Classifier {
  const convolution = (name: string, seed: number) =>
    layers.conv2d({ name, filters: 4, kernelSize: 3, padding: 'same', useBias: false, kernelInitializer: initializers.heNormal({ seed }) }); // prettier-ignore
  const model = sequential({
    layers: [
      layers.inputLayer({ inputShape: [4, 4, 3] }),
      convolution('conv1', 1),
      layers.batchNormalization({ name: 'norm' }),
      layers.reLU(),
      convolution('conv2', 2),
      layers.globalAveragePooling2d({ name: 'mean' }),
      layers.dense({ name: 'head', units: 2, kernelInitializer: initializers.heNormal({ seed: 3 }) }),
    ],
  });
  const [kernel, bias] = model.getLayer('head').getWeights();
  tf.tidy(() => model.getLayer('head').setWeights([tf.mul(kernel!, head), bias!]));
  return classifier(model);
}

/** Training with what is given; the rest is plain. */
export function trainingOf(
  network: Classifier,
  options: Partial<TrainingOptions> & { freeze?: string[]; freezeNorm?: boolean } = {},
): Training {
  const { freeze = [], freezeNorm = false, ...others } = options;
  return training(network, {
    preprocessing: identity,
    parameters: parametersOf(network.model, { freeze, freezeNorm, decayNormAndBias: true, headFactor: 1 }),
    optimizer: { name: 'sgd', momentum: 0, nesterov: false, weightDecay: 0, clipNorm: null },
    labelSmoothing: 0,
    stage: null,
    precision: 'float32',
    accumulates: false,
    ...others,
  });
}

/** A batch of these pixels, one flat list an image. */
export function batchOf(images: number[][], labels: number[], side = 2): Batch {
  return {
    number: 0,
    pixels: Uint8Array.from(images.flat()),
    shape: [images.length, side, side, 3],
    labels: Int32Array.from(labels),
    files: labels.map((label, index) => `${label}/${index}.png`),
    crops: [],
  };
}

/** Seeded noise with one class after the other. */
export function noiseBatch(count: number, side: number, classes: number, seed = 0): Batch {
  const images = Array.from({ length: count }, (_, image) => {
    const next = random(mixSeeds(seed, image));
    return Array.from({ length: side * side * 3 }, () => Math.floor(256 * next()));
  });
  return batchOf(
    images,
    images.map((_, image) => image % classes),
    side,
  );
}

/** Part of a batch: the images from `from` to before `to`. */
export function part(batch: Batch, from: number, to: number): Batch {
  const [, height, width, channels] = batch.shape;
  const size = height * width * channels;
  return {
    ...batch,
    pixels: batch.pixels.slice(from * size, to * size),
    shape: [to - from, height, width, channels],
    labels: batch.labels.slice(from, to),
    files: batch.files.slice(from, to),
  };
}

export const nobody = new Int32Array();

/** All weights by name, running statistics included. */
export function weightsOf({ model }: Classifier): Map<string, number[]> {
  return new Map(model.weights.map((weight) => [weight.originalName, Array.from(weight.read().dataSync())]));
}
