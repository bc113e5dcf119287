import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel, SymbolicTensor, layers } from '@tensorflow/tfjs-layers';
import { invalid, phrase } from '../../errors.js';

export type Layer = layers.Layer;
/** Size of a value without its batch dimension known: [null, h, w, c]. */
export type Shape = (number | null)[];

/** The operation of a layer that came from an ONNX file; undefined for every other layer. */
export function operationOf(layer: Layer): string | undefined {
  return (layer as { given?: { operation?: string } }).given?.operation;
}

/** One application of a layer: values are numbered, every value has one step that makes it. */
export interface Step {
  layer: Layer;
  inputs: number[];
  outputs: number[];
  /** Symbolic shape of the first output. */
  shape: Shape;
  /** What the layer was called with besides its inputs. */
  callArguments: object;
  /** What is done in place of the layer, where it was taken apart; makes one new tensor an output. */
  compute?: (inputs: tf.Tensor[]) => tf.Tensor[];
}

/** A LayersModel with one input and one output as a list of steps in the order of execution. */
export interface Graph {
  input: number;
  output: number;
  steps: Step[];
}

/** A value of a graph, or the image itself. */
export type Origin = Pick<Step, 'outputs' | 'shape'>;

/** The image that a network sees; undefined where no step takes it. */
export function imageOf({ input, steps }: Graph): Origin | undefined {
  const first = steps.find(({ inputs }) => inputs.includes(input));
  const shape = first?.layer.inboundNodes[0]!.inputTensors[first.inputs.indexOf(input)]?.shape;
  return shape && { outputs: [input], shape };
}

/** The steps behind an origin, in the order of execution. */
export function stepsBehind({ steps }: Graph, { outputs }: Origin): Step[] {
  return steps.slice(1 + steps.findIndex((step) => step.outputs[0] === outputs[0]));
}

/** The steps that lead from values of a graph to others. */
export interface Plan {
  from: readonly number[];
  to: readonly number[];
  steps: Step[];
  /** For each step: the values that no later step needs. */
  released: number[][];
}

/**
 * Flattens a model: models nested inside it are inlined, input layers vanish, a shared layer gives one step for each
 * of its uses.
 *
 * @throws InvalidInput where the model has not exactly one input and one output
 */
export function flatten(model: LayersModel): Graph {
  if (model.inputs.length !== 1) throw invalid('model', 'one input', phrase(`${model.inputs.length} inputs`));
  if (model.outputs.length !== 1)
    throw invalid('model', 'one output', phrase(`${model.outputs.length} outputs`));
  const steps: Step[] = [];
  let values = 1;

  const inline = (nested: LayersModel, inputs: number[]): number[] => {
    const scope = new Map(nested.inputs.map((tensor, index) => [tensor.id, inputs[index]!]));
    return nested.outputs.map((tensor) => resolve(tensor, scope));
  };
  const resolve = (tensor: SymbolicTensor, scope: Map<number, number>): number => {
    const known = scope.get(tensor.id);
    if (known !== undefined) return known;
    const layer = tensor.sourceLayer;
    const node = layer.inboundNodes[tensor.nodeIndex]!;
    if (node.inputTensors.length === 0) {
      throw invalid('model', 'every input layer among its inputs', layer.name);
    }
    const inputs = node.inputTensors.map((input) => resolve(input, scope));
    let outputs: number[];
    if (isModel(layer)) {
      outputs = inline(layer, inputs);
    } else {
      outputs = node.outputTensors.map(() => values++);
      const shape = node.outputTensors[0]!.shape;
      steps.push({ layer, inputs, outputs, shape, callArguments: node.callArgs ?? {} });
    }
    node.outputTensors.forEach((output, index) => scope.set(output.id, outputs[index]!));
    return scope.get(tensor.id)!;
  };

  const [output] = inline(model, [0]);
  return { input: 0, output: output!, steps };
}

/** The steps from values to others, or undefined where these also depend on something beside the first. */
export function plan(graph: Graph, from: readonly number[], to: readonly number[]): Plan | undefined {
  const wanted = new Set(to);
  const steps: Step[] = [];
  for (const step of [...graph.steps].reverse()) {
    const given = step.outputs.some((value) => from.includes(value));
    if (given || !step.outputs.some((value) => wanted.has(value))) continue;
    steps.unshift(step);
    step.inputs.forEach((value) => wanted.add(value));
  }
  if (!from.includes(graph.input) && wanted.has(graph.input)) return undefined;
  const seen = new Set([...from, ...to]);
  const released = steps.map(() => [] as number[]);
  for (let index = steps.length - 1; index >= 0; index--) {
    for (const value of [...steps[index]!.inputs, ...steps[index]!.outputs]) {
      if (!seen.has(value)) released[index]!.push(value);
      seen.add(value);
    }
  }
  return { from, to, steps, released };
}

/** The values that lead to `to` past `from`: what steps behind `from` need beside what hangs on it. */
export function bypasses(graph: Graph, from: number, to: number): number[] {
  const behind = new Set([from]);
  const mixed: Step[] = [];
  for (const step of graph.steps) {
    if (step.outputs.includes(from) || !step.inputs.some((value) => behind.has(value))) continue;
    step.outputs.forEach((value) => behind.add(value));
    mixed.push(step);
  }
  const wanted = new Set([to]);
  const found = new Set<number>();
  for (const step of mixed.reverse()) {
    if (!step.outputs.some((value) => wanted.has(value))) continue;
    for (const value of step.inputs) (behind.has(value) ? wanted : found).add(value);
  }
  return [...found];
}

/**
 * Runs a plan. Values are given up as soon as no later step needs them.
 *
 * @param given what the plan starts from; stays the caller's
 * @param apply how one step is done; returns new tensors, never its inputs
 * @returns the values that the plan leads to; the caller owns them
 */
export function run(
  { from, to, steps, released }: Plan,
  given: readonly tf.Tensor[],
  apply: (step: Step, inputs: tf.Tensor[]) => tf.Tensor[],
): tf.Tensor[] {
  return tf.tidy(() => {
    const values = new Map(from.map((number, index) => [number, given[index]!]));
    steps.forEach((step, index) => {
      const inputs = step.inputs.map((input) => values.get(input)!);
      apply(step, inputs).forEach((output, position) => values.set(step.outputs[position]!, output));
      for (const unused of released[index]!) {
        values.get(unused)!.dispose();
        values.delete(unused);
      }
    });
    return to.map((number) => (from.includes(number) ? values.get(number)!.clone() : values.get(number)!));
  });
}

// By shape, not by class: the model may come from another copy of tfjs-layers.
function isModel(layer: Layer): layer is LayersModel {
  return 'layers' in layer && 'inputs' in layer && 'outputs' in layer;
}
