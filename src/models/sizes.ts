import type { LayersModel } from '@tensorflow/tfjs-layers';
import { Failure } from '../errors.js';
import { elementCount } from './manifest.js';
import { largestSide } from './preprocessing.js';

/** Values that a layer may give for one image: 1 GB in float32. */
const mostValues = 2 ** 28;

/**
 * Makes sure that a model just built can be computed with: the size of its image and of every layer's output.
 *
 * @param path for messages
 * @throws Failure
 */
export function checkSizes(model: LayersModel, path: string): void {
  if (model.inputs.length === 0 || model.outputs.length === 0) {
    throw new Failure(`${path}: the network that it describes has no input or no output`);
  }
  const [, height, width] = model.inputs[0]!.shape;
  if (![height ?? 1, width ?? 1].every((side) => side >= 1 && side <= largestSide)) {
    throw new Failure(
      `${path}: wants images of ${height} x ${width} pixels; from 1 to ${largestSide} a side can be computed`,
    );
  }
  for (const layer of model.layers) {
    for (const { outputTensors } of layer.inboundNodes) {
      for (const { shape } of outputTensors) {
        if (elementCount(shape.map((size) => size ?? 1)) <= mostValues) continue;
        const values = `[${shape.slice(1).join(', ')}]`;
        throw new Failure(
          `${path}: layer '${layer.name}' gives ${values} values an image, which is too much to compute`,
        );
      }
    }
  }
}
