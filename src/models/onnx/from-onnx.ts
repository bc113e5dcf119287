import { Failure } from '../../errors.js';
import type { LoadedModel, LoadOptions } from '../loaded-model.js';
import type { HubConfig } from '../hub-config.js';
import { forSize } from '../preprocessing.js';
import { preparation } from './preparation.js';
import { checkSizes } from '../sizes.js';
import { withinBudget } from '../weight-budget.js';
import { buildNetwork } from './build-network.js';
import { numberOf } from './tensors.js';
import { readOnnx } from './read-onnx.js';

/**
 * An image classifier of ONNX's format as a network that trains. Its preprocessing and class names are those that
 * camtune's export wrote into the file, else those of the files beside it.
 *
 * @throws Failure where the file is broken, no classifier of images, or has operators that are not known
 */
export async function fromOnnx(path: string, options: LoadOptions, beside?: HubConfig): Promise<LoadedModel> {
  const file = await readOnnx(path);
  const stored = file.model.graph.initializer.map(({ dims }) => dims.map(numberOf));
  const said = preparation(file.model.metadata_props, path, beside);
  const side = options.size ?? (options.preprocessing ?? said.preprocessing).crop;
  const { model, notes } = withinBudget(stored, path, () => buildNetwork(file, path, side));
  try {
    checkSizes(model, path);
  } catch (error) {
    model.dispose();
    throw error;
  }
  const [, height, width] = model.inputs[0]!.shape as [null, number, number];
  if (model.layers.length < 2) throw new Failure(`${path}: its network does nothing`);
  const { preprocessing } = said;
  const size = Math.max(height, width);
  const classes = model.outputs[0]!.shape.at(-1);
  const named = said.classNames?.length === classes;
  return {
    model,
    preprocessing: preprocessing.crop === size ? preprocessing : forSize(preprocessing, size),
    ...(named && { classNames: said.classNames }),
    notes: [...notes, ...said.notes],
  };
}
