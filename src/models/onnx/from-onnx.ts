import { Failure } from '../../errors.js';
import type { LoadedModel, LoadOptions } from '../loaded-model.js';
import { forSize, torchvisionPreprocessing } from '../preprocessing.js';
import { checkSizes } from '../sizes.js';
import { withinBudget } from '../weight-budget.js';
import { buildNetwork } from './build-network.js';
import { numberOf } from './tensors.js';
import { readOnnx } from './read-onnx.js';

const assumed = "an ONNX file does not say how images are prepared: torchvision's way is assumed";

/**
 * An image classifier of ONNX's format as a network that trains.
 *
 * @throws Failure where the file is broken, no classifier of images, or has operators that are not known
 */
export async function fromOnnx(path: string, options: LoadOptions): Promise<LoadedModel> {
  const file = await readOnnx(path);
  const stored = file.model.graph.initializer.map(({ dims }) => dims.map(numberOf));
  const side = options.preprocessing?.crop ?? torchvisionPreprocessing.crop;
  const { model, notes } = withinBudget(stored, path, () => buildNetwork(file, path, side));
  try {
    checkSizes(model, path);
  } catch (error) {
    model.dispose();
    throw error;
  }
  const [, height, width] = model.inputs[0]!.shape as [null, number, number];
  if (model.layers.length < 2) throw new Failure(`${path}: its network does nothing`);
  return {
    model,
    preprocessing: forSize(torchvisionPreprocessing, Math.max(height, width)),
    notes: [...notes, assumed],
  };
}
