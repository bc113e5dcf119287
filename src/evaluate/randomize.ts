import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel, layers } from '@tensorflow/tfjs-layers';
import { mixSeeds, permutation, random } from '../random.js';

type Layer = layers.Layer;

/**
 * The layers of a model that have weights, from its output to its input: the order of a cascade. Models inside models
 * are looked into.
 *
 * @param model as tfjs loads it; a model without weights has none
 */
export function weightedLayers(model: LayersModel): Layer[] {
  const inside = (layer: Layer): Layer[] =>
    'layers' in layer ? (layer as LayersModel).layers.flatMap(inside) : [layer];
  return inside(model as unknown as Layer)
    .filter((layer) => layer.weights.length > 0)
    .reverse();
}

/** Weights that can be given back. */
export interface KeptWeights {
  restore(): void;
}

/** Copies the weights of layers to the host. */
export function keepWeights(kept: readonly Layer[]): KeptWeights {
  const copies = kept.map((layer) => layer.weights.map((weight) => weight.read().dataSync().slice()));
  return {
    restore: () => kept.forEach((layer, index) => assign(layer, (weight) => copies[index]![weight]!)),
  };
}

/**
 * Destroys what a layer has learned: the values of each of its weight tensors change places at random. Their
 * distribution stays, so that activations keep their scale and a variance stays positive.
 *
 * @param seed the same seed and layer give the same places
 * @see Adebayo et al. (2018), "Sanity Checks for Saliency Maps"
 */
export function randomizeLayer(layer: Layer, seed: number): void {
  const own = mixSeeds(seed, ...Buffer.from(layer.name));
  assign(layer, (weight, values) => {
    const order = permutation(values.length, random(mixSeeds(own, weight)));
    return values.map((_, place) => values[order[place]!]!);
  });
}

function assign(
  layer: Layer,
  valuesOf: (weight: number, values: Float32Array) => Float32Array | Int32Array | Uint8Array,
): void {
  layer.weights.forEach((weight, index) => {
    tf.tidy(() => {
      const now = weight.read();
      weight.write(tf.tensor(valuesOf(index, now.dataSync() as Float32Array), now.shape, now.dtype));
    });
  });
}
