import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import { mixSeeds, random } from '../random.js';

/**
 * Initializes a network in place: convolutions normal with the standard deviation sqrt(2 / fan-out), linear layers
 * uniform in ±1/sqrt(fan-in) with bias 0, as torchvision does; batch norm scale 1, shift 0; learned tokens and positions
 * normal with the standard deviation 0.02.
 *
 * @param seed every layer has its own sequence, from this and its position
 * @param zeroGamma names of batch norm layers whose scale starts at 0
 * @see He et al. (2015), "Delving Deep into Rectifiers"; Goyal et al. (2017), section 5.1 (zero scale)
 */
export function initialize(model: LayersModel, seed: number, zeroGamma: (name: string) => boolean): void {
  model.layers.forEach((layer, position) => {
    const next = random(mixSeeds(seed, position));
    const [first] = layer.weights;
    if (!first) return;
    const kind = layer.getClassName();
    if (kind === 'Conv2D') {
      const [height, width, , out] = first.shape as [number, number, number, number];
      fill(first, normal(Math.sqrt(2 / (height * width * out)), next));
    } else if (kind === 'GroupedConv2D' || kind === 'DepthwiseConv2D') {
      const [height, width, inputs, out] = first.shape as [number, number, number, number];
      const outputs = kind === 'GroupedConv2D' ? out : inputs * out;
      fill(first, normal(Math.sqrt(2 / (height * width * outputs)), next));
    } else if (kind === 'LearnedTokens' || kind === 'PositionEmbedding') {
      fill(first, normal(0.02, next));
    } else if (kind === 'Dense') {
      fill(first, uniform(1 / Math.sqrt(first.shape[0]!), next));
    } else if (kind === 'BatchNormalization' && zeroGamma(layer.name)) {
      fill(first, () => 0);
    }
  });
}

/** Numbers uniform in [−limit, limit). */
export function uniform(limit: number, next: () => number): () => number {
  return () => (2 * next() - 1) * limit;
}

/** Numbers with mean 0 and this standard deviation (Box and Muller 1958), two at a time. */
export function normal(deviation: number, next: () => number): () => number {
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const radius = deviation * Math.sqrt(-2 * Math.log(1 - next()));
    const angle = 2 * Math.PI * next();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}

/** Sets every element of a variable. */
export function fill(variable: LayerVariable, value: () => number): void {
  const shape = variable.shape as number[];
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  for (let index = 0; index < values.length; index++) values[index] = value();
  const tensor = tf.tensor(values, shape);
  variable.write(tensor);
  tensor.dispose();
}
