import type { LayersModel } from '@tensorflow/tfjs-layers';
import { flatten, type Shape } from './classifier/index.js';

/**
 * How many numbers the layers of a network give for one image: what a backward pass needs of them is kept in memory.
 *
 * @param size side of the images, pixels: counts where the network takes any size
 * @param counts whether a layer's values count, by its name; called in the order of execution
 * @returns undefined where a layer does not say what size it gives
 */
export function activationCount(
  model: LayersModel,
  size: number,
  counts: (layer: string) => boolean = () => true,
): number | undefined {
  const [, height, width, channels] = model.inputs[0]!.shape;
  const graph = flatten(model);
  const shapes = new Map<number, Shape>([[graph.input, [null, height ?? size, width ?? size, channels!]]]);
  let sum = 0;
  for (const { layer, inputs, outputs } of graph.steps) {
    const given = inputs.map((value) => shapes.get(value)!);
    const found = shapesOf(layer.computeOutputShape(given.length === 1 ? given[0]! : given));
    outputs.forEach((value, index) => shapes.set(value, found[index]!));
    const values = found.reduce((all, shape) => all + product(shape.slice(1)), 0);
    if (counts(layer.name)) sum += values;
  }
  return Number.isFinite(sum) ? sum : undefined;
}

function shapesOf(found: Shape | Shape[]): Shape[] {
  return Array.isArray(found[0]) ? (found as Shape[]) : [found as Shape];
}

/** NaN where a side is not known. */
function product(sides: Shape): number {
  return sides.reduce<number>((all, side) => all * (side ?? NaN), 1);
}
