import * as tf from '@tensorflow/tfjs-core';
import { invalid, phrase, type InvalidInput } from '../../errors.js';
import type { Blocks } from './blocks.js';
import { plan, type Graph, type Step } from './graph.js';

/** Where a step of a residual network has a branch that stochastic depth may leave out. */
export interface DepthDrop {
  /** Which of the step's inputs is the branch. */
  input: number;
  /** The branch's share of the rate: 0 in the first block, 1 in the last. */
  share: number;
}

/**
 * The branches that stochastic depth leaves out: of a transformer all that its blocks add to the stream, as timm has it;
 * of other networks where they have layers of stochastic depth, with rates in the same proportions.
 */
export function depthDrops(graph: Graph, found: Blocks | undefined): Map<Step, DepthDrop> {
  const own = graph.steps.filter(({ layer }) => rateOf(layer) > 0);
  const most = Math.max(...own.map(({ layer }) => rateOf(layer)));
  if (own.length > 0 || !found)
    return new Map(own.map((step) => [step, { input: 0, share: rateOf(step.layer) / most }]));
  const drops = new Map<Step, DepthDrop>();
  found.blocks.forEach(({ input, output }, index) => {
    const share = index / Math.max(1, found.blocks.length - 1);
    let stream = input;
    for (const step of plan(graph, [input], [output])!.steps) {
      if (step.inputs.length !== 2 || !step.inputs.includes(stream) || !leads(graph, step, output)) continue;
      drops.set(step, { input: step.inputs[0] === stream ? 1 : 0, share });
      stream = step.outputs[0]!;
    }
  });
  return drops;
}

/**
 * Applies a step with its branch left out for some images, each with the branch's rate, and multiplied by
 * 1 / (1 − rate) for the others.
 *
 * @param rate of the last block
 * @see Huang et al. (2016), "Deep Networks with Stochastic Depth"
 */
export function droppedBranch(
  inputs: tf.Tensor[],
  { input, share }: DepthDrop,
  rate: number,
  apply: (inputs: tf.Tensor[]) => tf.Tensor[],
): tf.Tensor[] {
  const own = rate * share;
  if (own === 0) return apply(inputs);
  return tf.tidy(() => {
    const branch = inputs[input]!;
    const each = [branch.shape[0], ...branch.shape.slice(1).map(() => 1)];
    const kept = tf.cast(tf.greaterEqual(tf.randomUniform(each), own), 'float32');
    const scaled = tf.mul(branch, tf.div(kept, 1 - own));
    return apply(inputs.map((each, place) => (place === input ? scaled : each)));
  });
}

/** Whether all that a block gives comes through a step. */
function leads(graph: Graph, step: Step, output: number): boolean {
  return step.outputs[0] === output || plan(graph, [step.outputs[0]!], [output]) !== undefined;
}

/** What is thrown where stochastic depth is asked of a network that has no branches to leave out. */
export function noBranches(name: string): InvalidInput {
  const expected =
    'null where the network has neither the blocks of a transformer nor stochastic depth of its own';
  return invalid('model.dropPath', expected, phrase(`'${name}'`));
}

function rateOf(layer: Step['layer']): number {
  return layer.getClassName() === 'StochasticDepth' ? (layer as unknown as { rate: number }).rate : 0;
}
