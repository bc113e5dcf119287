import * as tf from '@tensorflow/tfjs-core';
import type { Plan, Step } from './graph.js';
import { isActivation } from './ending.js';

// What leaves the values alone at inference, once there is one position only.
const passThrough = new Set(['Dropout', 'GaussianDropout', 'GaussianNoise', 'SpatialDropout2D']);
const reshapes = new Set(['Flatten', 'Reshape']);

/**
 * Whether what follows the target layer is global average pooling and one linear layer (dense, or a 1×1 convolution as
 * MobileNet has it), and then how to read that layer's kernel.
 *
 * @param back the steps from the target layer to the output
 * @param stripped the step whose activation is left out to get logits
 * @returns a function that gives the kernel [K, classes] as it is then (the caller owns it), or undefined
 */
export function linearHead(back: Plan, stripped: Step | undefined): (() => tf.Tensor2D) | undefined {
  let pooled = false;
  let linear: Step | undefined;
  for (const step of back.steps) {
    const kind = step.layer.getClassName();
    if (passThrough.has(kind) || (pooled && reshapes.has(kind))) continue;
    if (step === stripped && isActivation(step.layer)) continue;
    if (!pooled && kind === 'GlobalAveragePooling2D') pooled = true;
    else if (pooled && !linear && isLinear(step, stripped)) linear = step;
    else return undefined;
  }
  if (!linear) return undefined;
  const [kernel] = linear.layer.weights;
  return () => tf.tidy(() => tf.reshape(kernel!.read(), kernel!.shape.slice(-2) as [number, number]));
}

function isLinear(step: Step, stripped: Step | undefined): boolean {
  const { activation } = step.layer as { activation?: { getClassName(): string } };
  const bare = step === stripped || !activation || activation.getClassName() === 'linear';
  const kind = step.layer.getClassName();
  const kernel = step.layer.weights[0]?.shape ?? [];
  return bare && (kind === 'Dense' || (kind === 'Conv2D' && kernel[0] === 1 && kernel[1] === 1));
}
