import * as tf from '@tensorflow/tfjs-core';
import { batchNormRunning, batchNormUpdating, isBatchNorm } from './batch-norm.js';
import { type DepthDrop, droppedBranch } from './drop-path.js';
import { isActivation, withoutActivation } from './ending.js';
import { fusedLayer } from './fused-layer.js';
import type { Step } from './graph.js';
import type { TrainingPass } from './types.js';

/** How a step of a network is done. */
export type ApplyStep = (step: Step, inputs: tf.Tensor[]) => tf.Tensor[];

/**
 * How the steps of a network are done, in inference and in a training pass.
 *
 * @param stripped the step whose activation is left out, so that the network ends in logits
 * @param drops the branches that stochastic depth may leave out
 */
export function stepsOf(
  stripped: Step | undefined,
  drops: ReadonlyMap<Step, DepthDrop>,
): { infer: ApplyStep; train: (pass: TrainingPass) => ApplyStep } {
  const apply = (step: Step, inputs: tf.Tensor[], training: boolean): tf.Tensor[] => {
    if (step.compute) return tf.tidy(() => step.compute!(inputs));
    const call = () =>
      toList(step.layer.apply(inputs, { ...step.callArguments, training }) as tf.Tensor | tf.Tensor[]);
    if (step !== stripped) {
      const fused = fusedLayer(step.layer);
      return fused ? [fused(inputs[0]!)] : call();
    }
    return isActivation(step.layer) ? [inputs[0]!.clone()] : withoutActivation(step.layer, call);
  };
  return {
    infer: (step, inputs) =>
      isBatchNorm(step.layer) ? [batchNormRunning(step.layer, inputs[0]!)] : apply(step, inputs, false),
    train:
      ({ frozen, ranks, dropPath }) =>
      (step, inputs) => {
        const drop = dropPath === undefined ? undefined : drops.get(step);
        if (drop) return droppedBranch(inputs, drop, dropPath!, (kept) => apply(step, kept, false));
        if (!isBatchNorm(step.layer)) return apply(step, inputs, true);
        const [x] = inputs as [tf.Tensor];
        const { layer } = step;
        return [frozen?.(layer.name) ? batchNormRunning(layer, x) : batchNormUpdating(layer, x, ranks)];
      },
  };
}

function toList(tensors: tf.Tensor | tf.Tensor[]): tf.Tensor[] {
  return Array.isArray(tensors) ? tensors : [tensors];
}
