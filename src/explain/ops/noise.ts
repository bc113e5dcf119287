import * as tf from '@tensorflow/tfjs-core';
import { invalid } from '../../errors.js';
import { integer, number, positive } from '../options.js';
import { mixSeeds, random } from '../../random.js';
import type { Samples } from './sampled-gradients.js';

export interface NoiseOptions {
  /** Noisy copies of each image: 25. */
  samples?: number;
  /** Standard deviation of the noise as a share of the image's range of values, max − min: 0.15. */
  spread?: number;
  /** Of the noise: 0. */
  seed?: number;
  /** In place of noise from the seed: standard normal numbers [samples, H, W, C]. */
  noise?: tf.Tensor4D;
}

export const noiseOptions = { samples: integer(25), spread: positive(0.15), seed: number(0) };

/**
 * Noisy copies of images: every image gets the same noise, scaled to its own range of values, so what is found for an
 * image does not depend on the batch it is in.
 *
 * @param images [N, H, W, C]
 * @returns copies to be made as they are needed; the noise itself (samples · H · W · C) belongs to the enclosing tidy
 * @throws InvalidInput where the given noise is of another shape
 */
export function noisyCopies(
  images: tf.Tensor4D,
  options: NoiseOptions & Required<Pick<NoiseOptions, 'samples' | 'spread' | 'seed'>>,
): Samples {
  const { spread, seed } = options;
  const samples = options.noise?.shape[0] ?? options.samples;
  const [, ...size] = images.shape;
  const noise = options.noise ?? standardNormal([samples, ...size], seed);
  if (noise.shape.join() !== [samples, ...size].join()) {
    throw invalid('noise', `a tensor [${[samples, ...size].join(', ')}]`, noise.shape);
  }
  const range = tf.sub(tf.max(images, [1, 2, 3], true), tf.min(images, [1, 2, 3], true));
  const deviation = tf.mul(range, spread);
  return {
    count: samples,
    make: (rows, numbers) => {
      const scale = tf.expandDims(tf.gather(deviation, rows), 1);
      const added = tf.mul(scale, tf.expandDims(tf.gather(noise, numbers), 0));
      return tf.add<tf.Tensor5D>(tf.expandDims(tf.gather(images, rows), 1), added);
    },
  };
}

/**
 * Standard normal numbers (Box & Muller 1958); each of the leading rows has a sequence of its own.
 *
 * @returns float32; the caller owns it
 */
export function standardNormal(shape: [number, number, number, number], seed: number): tf.Tensor4D {
  const size = shape[1] * shape[2] * shape[3];
  const values = new Float32Array(shape[0] * size);
  for (let row = 0; row < shape[0]; row++) {
    const next = random(mixSeeds(seed, row));
    for (let index = 0; index < size; index += 2) {
      const radius = Math.sqrt(-2 * Math.log(1 - next()));
      const angle = 2 * Math.PI * next();
      values[row * size + index] = radius * Math.cos(angle);
      if (index + 1 < size) values[row * size + index + 1] = radius * Math.sin(angle);
    }
  }
  return tf.tensor4d(values, shape);
}
