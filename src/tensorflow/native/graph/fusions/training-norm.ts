import { type Attribute, TF, typeAttribute } from '../../runtime/engine.js';
import type { Fused, Node, Operation, Value } from '../../trace/recording.js';
import { type Use, isFilled, shapeOf, valueOf } from '../../trace/uses.js';

const FLOAT = typeAttribute('T', TF.FLOAT);

/** What follows a batch norm in training, by the numbers that batch-norm.cc has for it. */
const ACTIVATIONS = ['none', 'Relu', 'Relu6'] as const;
export type Activation = (typeof ACTIVATIONS)[number];
/** Which activation an operation is the gradient of. */
export const ACTIVATION_GRADIENTS: Readonly<Record<string, Activation>> = {
  ReluGrad: 'Relu',
  Relu6Grad: 'Relu6',
};

const NORM = 'FusedBatchNormV3';
export const GRADIENT = 'FusedBatchNormGradV3';

/** What outputs of a batch norm are: its values, mean and unbiased variance, and for the gradient mean and variance. */
export const Y = 0;
const MEAN = 3;
const VARIANCE = 4;

/** The statistics of a batch and, unless that is done elsewhere, the batch norm itself. */
export function normOperations(norm: Node, appliedLater: boolean): Fused {
  const moments = { op: 'CamtuneMoments', attributes: [FLOAT], inputs: [norm.inputs[0]!] };
  const operations = appliedLater ? [moments] : [moments, normalize(norm, 'none')];
  return {
    operations,
    outputs: { [Y]: [1, 0], 1: [0, 0], 2: [0, 2], [MEAN]: [0, 0], [VARIANCE]: [0, 1] },
  };
}

/** A batch norm by statistics that are known, with what follows it. */
export function normalize(norm: Node, activation: Activation, residual?: Value): Operation {
  const [x, scale, offset] = norm.inputs as [Value, Value, Value];
  const inputs = [x, { node: norm, output: MEAN }, { node: norm, output: VARIANCE }, scale, offset];
  return {
    op: residual ? 'CamtuneNormalizeAdd' : 'CamtuneNormalize',
    attributes: normAttributes(norm, activation),
    inputs: residual ? [...inputs, residual] : inputs,
  };
}

/**
 * The gradient of a batch norm, with that of the activation behind it.
 *
 * @param given the node whose first input is what arrives: the activation's gradient, or where there is none the norm's
 */
export function normGradient(gradient: Node, norm: Node, activation: Activation, given: Node): Operation {
  const [, x, scale, mean, variance] = gradient.inputs as [Value, Value, Value, Value, Value];
  const inputs = [given.inputs[0]!, x, mean, variance, scale, norm.inputs[2]!];
  return { op: 'CamtuneBatchNormGrad', attributes: normAttributes(gradient, activation), inputs };
}

function normAttributes(node: Node, activation: Activation): Attribute[] {
  return [
    FLOAT,
    { name: 'epsilon', type: TF.float, value: valueOf(node, 'epsilon') },
    { name: 'activation', type: TF.int, value: ACTIVATIONS.indexOf(activation) },
  ];
}

/** A batch norm of the batch's own statistics; what it reserves goes to its gradients alone. */
export function isTrainingNorm(node: Node, uses: readonly Use[]): boolean {
  const isNorm =
    node.op === NORM &&
    isNhwcTraining(node) &&
    isFilled(shapeOf({ node, output: Y })) &&
    valueOf(node, 'exponential_avg_factor') === 1;
  return (
    isNorm && uses.every(({ output, by }) => output < MEAN || (by !== undefined && isGradientOf(by, node)))
  );
}

function isGradientOf(gradient: Node, norm: Node): boolean {
  const reserved = gradient.inputs
    .slice(MEAN)
    .every(({ node, output }, index) => node === norm && output === MEAN + index);
  const [x, ofGradient] = [norm.inputs[0]!, gradient.inputs[1]!];
  const isSame = x.node === ofGradient.node && x.output === ofGradient.output;
  const isAlike =
    gradient.precision === norm.precision && valueOf(gradient, 'epsilon') === valueOf(norm, 'epsilon');
  return gradient.op === GRADIENT && isNhwcTraining(gradient) && reserved && isSame && isAlike;
}

function isNhwcTraining(node: Node): boolean {
  return valueOf(node, 'is_training') === true && valueOf(node, 'data_format') === 'NHWC';
}
