import type { LayersModel } from '@tensorflow/tfjs-layers';
import { Failure } from '../../errors.js';
import { firstFew } from '../../text/format.js';
import { givenOver } from './given-over.js';
import type { NameRule } from './name-rules.js';
import type { WeightFile } from './types.js';
import { torchParameters, type TorchParameter } from './torch-names.js';

export interface AssignOptions {
  /** From our names of weights to the file's. */
  rules?: readonly NameRule[];
  /** Tensors of the file that nothing needs. */
  ignored?: RegExp | undefined;
  /** Layers that keep what they have. */
  except?: (layer: string) => boolean;
}

/** Names of each kind in a message. */
const mostNames = 5;

/**
 * Sets every variable of a model from a weight file.
 *
 * @param file the name for messages
 * @throws Failure that names what is missing, unexpected or of another shape; the model is then as before
 */
export function assignWeights(
  model: LayersModel,
  { tensors }: WeightFile,
  file: string,
  { rules = [], ignored, except = () => false }: AssignOptions = {},
): void {
  const all = torchParameters(model, rules);
  const kept = new Set(model.layers.filter(({ name }) => except(name)).flatMap(({ weights }) => weights));
  const parameters = all.filter(({ variable }) => !kept.has(variable));
  const expected = new Set(all.flatMap(({ names }) => names));
  const missing = parameters.flatMap(({ names }) => names).filter((name) => !tensors.has(name));
  const unexpected = [...tensors.keys()].filter(
    (name) => !expected.has(name) && !name.endsWith('num_batches_tracked') && !ignored?.test(name),
  );
  const misshaped = parameters.flatMap((parameter) => {
    const found = foundShape(parameter, tensors);
    return !found || fits(found, parameter.shape)
      ? []
      : [`${parameter.name} (expected ${sizes(parameter.shape)}, found ${sizes(found)})`];
  });
  const complaints = [
    ...complain('missing', missing),
    ...complain('unexpected', unexpected),
    ...complain('of another shape', misshaped),
  ];
  if (complaints.length > 0)
    throw new Failure(`${file} does not fit the ${model.name}: ${complaints.join('; ')}`);

  for (const { names, variable, arrange } of parameters) {
    const parts = names.map((name) => tensors.get(name)!.read());
    const values = arrange(parts.length === 1 ? parts[0]! : joined(parts));
    const tensor = givenOver(values, variable.shape as number[]);
    variable.write(tensor);
    tensor.dispose();
  }
}

/** The shape of a file's tensors, one behind the other; undefined where one is missing. */
function foundShape(
  { names }: Pick<TorchParameter, 'names'>,
  tensors: WeightFile['tensors'],
): number[] | undefined {
  const shapes = names.map((name) => tensors.get(name)?.shape);
  if (shapes.some((shape) => shape === undefined)) return undefined;
  const [first, ...rest] = shapes as number[][];
  const others = rest.filter((shape) => shape.slice(1).join() === first!.slice(1).join());
  if (others.length < rest.length) return rest.find((shape) => !others.includes(shape));
  return rest.length === 0
    ? first!
    : [[first!, ...rest].reduce((sum, shape) => sum + (shape[0] ?? 0), 0), ...first!.slice(1)];
}

/** Whether the values are the same in the same order: a linear layer may be stored as a convolution of 1×1. */
function fits(found: number[], expected: number[]): boolean {
  const bare = (shape: number[]) => {
    const last = shape.findLastIndex((size) => size !== 1);
    return shape.slice(0, Math.max(last + 1, Math.min(1, shape.length))).join();
  };
  if (found.join() === expected.join() || bare(found) === bare(expected)) return true;
  // A convolution as large as what it sees, for a linear layer on that flattened channel by channel.
  const [outputs, ...inputs] = found;
  return (
    found.length === 4 &&
    expected.length === 2 &&
    outputs === expected[0] &&
    inputs.reduce((product, size) => product * size, 1) === expected[1]
  );
}

function joined(parts: Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

function complain(what: string, names: string[]): string[] {
  return names.length === 0 ? [] : [`${names.length} ${what}: ${firstFew(names, mostNames)}`];
}

function sizes(shape: number[]): string {
  return `[${shape.join(', ')}]`;
}
