import * as tf from '@tensorflow/tfjs-core';
import { resizeBilinear } from '../draw/index.js';
import { invalid } from '../errors.js';
import { mixSeeds, random, type Random } from '../random.js';
import type { SaliencyMethod } from './contract.js';

/** Side of the coarse random map: that of ResNet-50's last layer at 224 pixels. */
const coarseSide = 7;

/**
 * The maps that know nothing of the image: what a method must beat.
 *
 * - `random`: every pixel uniform by itself. Its most salient pixel is any pixel alike, so that it hits a box as often
 *   as the box is large; insertion and deletion are equal on average.
 * - `random-coarse`: 7 × 7 uniform values, upsampled as a network's map is: as smooth as those.
 * - `centre-gaussian`: a Gaussian in the middle with a deviation of a quarter of the sides: where photographers put
 *   their objects.
 *
 * Random maps depend on the seed and the image's name alone, not on the order of the images.
 */
export function controls(seed: number): SaliencyMethod[] {
  return [
    { name: 'random', run: perImage(seed, 0, uniform) },
    {
      name: 'random-coarse',
      run: perImage(seed, 1, (width, height, next) => {
        const values = uniform(coarseSide, coarseSide, next);
        return resizeBilinear({ values, width: coarseSide, height: coarseSide }, width, height).values;
      }),
    },
    { name: 'centre-gaussian', run: perImage(seed, 2, centred) },
  ];
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

type MakeMap = (width: number, height: number, next: Random) => Float32Array;

function perImage(seed: number, kind: number, make: MakeMap): SaliencyMethod['run'] {
  return (images, _target, files) => {
    const [count, height, width] = images.shape;
    const maps = new Float32Array(count * height * width);
    files.forEach((file, index) => {
      maps.set(
        make(width, height, random(mixSeeds(seed, kind, ...Buffer.from(file)))),
        index * height * width,
      );
    });
    return tf.tensor3d(maps, [count, height, width]);
  };
}

function uniform(width: number, height: number, next: Random): Float32Array {
  return Float32Array.from({ length: width * height }, next);
}

function centred(width: number, height: number): Float32Array {
  const offset = (at: number, length: number) => (at - (length - 1) / 2) / (length / 4);
  return Float32Array.from({ length: width * height }, (_, index) => {
    const [x, y] = [offset(index % width, width), offset(Math.floor(index / width), height)];
    return Math.exp(-(x * x + y * y) / 2);
  });
}
