import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { Failure } from '../../errors.js';
import type { WeightFile } from './types.js';
import { torchParameters } from './torch-names.js';

/**
 * Sets every variable of a model from a weight file.
 *
 * @param file the name for messages
 * @throws Failure that lists all names which are missing, unexpected or of another shape; the model is then as before
 */
export function assignWeights(model: LayersModel, weights: WeightFile, file: string): void {
  const parameters = torchParameters(model);
  const expected = new Set(parameters.map(({ name }) => name));
  const missing = [...expected].filter((name) => !weights.tensors.has(name));
  const unexpected = [...weights.tensors.keys()].filter(
    (name) => !expected.has(name) && !name.endsWith('num_batches_tracked'),
  );
  const misshaped = parameters.flatMap(({ name, shape }) => {
    const found = weights.tensors.get(name)?.shape;
    return !found || found.join() === shape.join()
      ? []
      : [`${name} (expected ${sizes(shape)}, found ${sizes(found)})`];
  });
  const complaints = [
    ...complain('missing', missing),
    ...complain('unexpected', unexpected),
    ...complain('of another shape', misshaped),
  ];
  if (complaints.length > 0)
    throw new Failure(`${file} does not fit the ${model.name}: ${complaints.join('; ')}`);

  for (const { name, variable, arrange } of parameters) {
    const values = arrange(weights.tensors.get(name)!.read());
    const tensor = tf.tensor(values, variable.shape as number[]);
    variable.write(tensor);
    tensor.dispose();
  }
}

function complain(what: string, names: string[]): string[] {
  return names.length === 0 ? [] : [`${names.length} ${what}: ${names.join(', ')}`];
}

function sizes(shape: number[]): string {
  return `[${shape.join(', ')}]`;
}
