import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { Batch } from '../../src/data/index.js';
import type { SaliencyMethod } from '../../src/evaluate/index.js';
import { classifier, type Classifier, type Preprocessing } from '../../src/models/index.js';
import { random } from '../../src/random.js';

export const side = 32;

/** x = pixel / 255. */
export const preprocessing: Preprocessing = {
  resize: side,
  crop: side,
  interpolation: 'bilinear',
  channels: 'RGB',
  scale: 1 / 255,
  mean: [0, 0, 0],
  std: [1, 1, 1],
};

/** A small network with fixed weights: two convolutions, pooling, three classes. */
export function smallClassifier(): Classifier {
  const initializer = (seed: number) => tfl.initializers.glorotNormal({ seed });
  const model = tfl.sequential({
    layers: [
      tfl.layers.conv2d({
        inputShape: [side, side, 3],
        filters: 4,
        kernelSize: 3,
        strides: 4,
        activation: 'relu',
        name: 'first',
        kernelInitializer: initializer(1),
      }),
      tfl.layers.conv2d({ filters: 6, kernelSize: 3, name: 'second', kernelInitializer: initializer(2) }),
      tfl.layers.globalAveragePooling2d({ name: 'pool' }),
      tfl.layers.dense({ units: 3, name: 'logits', kernelInitializer: initializer(3) }),
    ],
  });
  return classifier(model);
}

/** Images of noise, `size` in a batch; the labels are 0, 1, 2, … (modulo `classes`, or not). */
export async function* noiseBatches(count: number, size: number, classes = Infinity): AsyncGenerator<Batch> {
  await Promise.resolve();
  for (let start = 0, number = 0; start < count; start += size, number++) {
    const images = Array.from({ length: Math.min(size, count - start) }, (_, index) => start + index);
    const pixels = Uint8Array.from(
      images.flatMap((image) => {
        const next = random(image);
        return Array.from({ length: side * side * 3 }, () => Math.floor(next() * 256));
      }),
    );
    yield {
      number,
      pixels,
      shape: [images.length, side, side, 3],
      labels: Int32Array.from(images, (image) => image % classes),
      files: images.map((image) => `${image}.png`),
      crops: images.map(() => ({ left: 0, top: 0, width: side, height: side, flipped: false })),
    };
  }
}

/** A method whose map is the mean of the colors. */
export const brightness: SaliencyMethod = {
  name: 'brightness',
  run: (images) => tf.mean<tf.Tensor3D>(images, 3),
};

/** A method whose map is the same everywhere. */
export const constant: SaliencyMethod = {
  name: 'constant',
  run: (images) => tf.fill<tf.Rank.R3>(images.shape.slice(0, 3) as [number, number, number], 0.3),
};

export const controlNames = ['random', 'random-coarse', 'center-gaussian'];
