import * as tf from '@tensorflow/tfjs-core';
import { invalid } from '../errors.js';
import { centerGaussian, randomMap } from '../explain/index.js';
import { mixSeeds, random } from '../random.js';
import type { EvaluationOptions, SaliencyMethod } from './types.js';

/**
 * The maps that know nothing of the image: what a method must beat.
 *
 * - `random`: every pixel uniform by itself. Its most salient pixel is any pixel alike, so that it hits a box as often
 *   as the box is large; insertion and deletion are equal on average.
 * - `random-coarse`: 7 × 7 uniform values, upsampled as a network's map is: as smooth as those.
 * - `center-gaussian`: a Gaussian in the middle with a deviation of a quarter of the sides: where photographers put
 *   their objects.
 *
 * Random maps depend on the seed and the image's name alone, not on the order of the images.
 */
export function controls(seed: number): SaliencyMethod[] {
  const seedsOf = (kind: number, files: readonly string[]) =>
    files.map((file) => mixSeeds(seed, kind, ...Buffer.from(file)));
  return [
    {
      name: 'random',
      run: (images, _target, files) => {
        const [count, height, width] = images.shape;
        const maps = seedsOf(0, files).map((own) =>
          Float32Array.from({ length: height * width }, random(own)),
        );
        return tf.tidy(() =>
          tf.reshape<tf.Rank.R3>(tf.stack(maps.map((map) => tf.tensor1d(map))), [count, height, width]),
        );
      },
    },
    {
      name: 'random-coarse',
      run: (images, _target, files) =>
        tf.tidy(() => randomMap(undefined, images, { seed: seedsOf(1, files) }).map),
    },
    { name: 'center-gaussian', run: (images) => tf.tidy(() => centerGaussian(undefined, images).raw) },
  ];
}

/** Throws InvalidInput where the method to compare with is not among those that are evaluated. */
export function checkReference({
  methods,
  seed = 0,
  reference,
}: Pick<EvaluationOptions, 'methods' | 'seed' | 'reference'>): void {
  const names = withControls(methods, seed).map(({ name }) => name);
  if (reference !== undefined && !names.includes(reference))
    throw invalid('reference', `one of ${names.join(', ')}`, reference, 'add it to the methods');
}

/** Methods and, behind them, the controls. Throws InvalidInput where two have one name. */
export function withControls(methods: readonly SaliencyMethod[], seed: number): SaliencyMethod[] {
  const all = [...methods, ...controls(seed)];
  const names = all.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw invalid('methods', 'another name for each (random ones are always there)', twice);
  return all;
}
