import type { Precision } from '../compile.js';
import { depthwiseGradient } from './depthwise.js';
import { type Attribute, TF, typeAttribute } from './engine.js';
import type { Node, Operation, Value } from './recording.js';
import { type Use, usesOf, valueOf } from './uses.js';

/** What is emitted in place of a recorded node. */
export interface Fused {
  /** Of our own, in this order; inputs may be outputs of the node itself that an operation before gives. */
  operations: Operation[];
  /** For each output of the node, which operation gives it and as which of its own outputs. */
  outputs: Readonly<Record<number, readonly [operation: number, output: number]>>;
}

export interface Fusions {
  fused: Map<Node, Fused>;
  /** Nodes that became part of another one's operation. */
  gone: Set<Node>;
}

const PRODUCTS = ['Conv2D', 'DepthwiseConv2dNative', 'MatMul', 'BatchMatMulV2', 'BiasAdd'];

/**
 * What stands between convolutions in training, as few operations that read and write memory once: a batch norm of the
 * batch's own statistics with the residual and the ReLU behind it; the gradient of a batch norm with that of the ReLU;
 * sums with a ReLU or its gradient. For the CPU: elsewhere TensorFlow's own are as fast.
 *
 * @param nodes those that are needed, in recorded order
 * @param outputs the results of the function
 * @param precision what the function was asked for
 * @param folded batch norms that became part of a convolution: TensorFlow fuses what follows into that
 */
export function fusions(
  nodes: readonly Node[],
  outputs: readonly Value[],
  precision: Precision,
  folded: { has(node: Node): boolean },
): Fusions {
  const uses = usesOf(nodes, outputs);
  const fused = new Map<Node, Fused>();
  const gone = new Set<Node>();
  /** By a ReLU, the batch norm that became part of it. */
  const normOf = new Map<Node, Node>();
  /** Batch norms that became part of a ReLU6, whose gradient looks at what they give. */
  const cappedNorms = new Set<Node>();
  /** Batch norms that are applied where the ReLU or the sum behind them stands. */
  const appliedLater = new Set<Node>();

  const isFree = (node: Node): boolean =>
    (node.precision ?? precision) !== 'float16' && !gone.has(node) && !fused.has(node) && !folded.has(node);
  const norms = new Set(nodes.filter((node) => isTrainingNorm(node, uses(node)) && isFree(node)));
  /** The node that gives a value which `user` alone needs. */
  const alone = ({ node, output }: Value, user: Node): Node | undefined => {
    const isAlone = output === 0 && uses(node).filter((use) => use.output === 0).length === 1;
    return isAlone && node.precision === user.precision && isFree(node) ? node : undefined;
  };
  const normAlone = (value: Value, user: Node): Node | undefined => {
    const norm = alone(value, user);
    return norm && norms.has(norm) && !appliedLater.has(norm) ? norm : undefined;
  };
  const sumAlone = (value: Value, user: Node): Node | undefined => {
    const sum = alone(value, user);
    const isOurs =
      sum && isPlainSum(sum) && !sum.inputs.some(({ node }) => isProduct(node) || folded.has(node));
    return isOurs ? sum : undefined;
  };
  const fuse = (node: Node, operation: Operation, parts: readonly (Node | undefined)[] = []): void => {
    fused.set(node, { operations: [operation], outputs: [0, 1, 2].map((output) => [0, output]) });
    for (const part of parts) if (part) gone.add(part);
  };
  const fuseNorm = (node: Node, norm: Node, activation: Activation, residual?: Value): void => {
    appliedLater.add(norm);
    fuse(node, normalize(norm, activation, residual));
  };
  /** The batch norm before a ReLU6 where nobody needs what it gives but that and gradients that become part of its own. */
  const normBeforeRelu6 = ({ node: norm, output }: Value, relu6: Node): Node | undefined => {
    if (output !== Y || !norms.has(norm) || norm.precision !== relu6.precision) return undefined;
    const isAbsorbed = ({ by }: Use): boolean =>
      by === relu6 || (by !== undefined && isBeforeGradient(by, norm));
    return uses(norm)
      .filter((use) => use.output === Y)
      .every(isAbsorbed)
      ? norm
      : undefined;
  };
  const isBeforeGradient = (node: Node, norm: Node): boolean => {
    const [use, ...more] = uses(node);
    const user = use?.by;
    const isOfNorm =
      node.op === 'Relu6Grad' && node.inputs[1]!.node === norm && node.precision === norm.precision;
    const goesOn = user?.op === GRADIENT && user.inputs[0]!.node === node && user.inputs[3]!.node === norm;
    return isOfNorm && isFree(node) && goesOn && more.length === 0;
  };
  /** A sum of a batch norm and something else: the later one of two, whose values may still be cached. */
  const fuseNormSum = (node: Node, sum: Node, activation: Activation): boolean => {
    const index = sum.inputs.findLastIndex((value) => normAlone(value, sum));
    if (index < 0) return false;
    fuseNorm(node, sum.inputs[index]!.node, activation, sum.inputs[1 - index]);
    return true;
  };

  for (const node of nodes) {
    if (node.op !== 'Relu' || !isFloat(node) || !isFree(node)) continue;
    const norm = normAlone(node.inputs[0]!, node);
    if (norm) {
      normOf.set(node, norm);
      fuseNorm(node, norm, 'Relu');
      continue;
    }
    const sum = sumAlone(node.inputs[0]!, node);
    if (!sum) continue;
    if (!fuseNormSum(node, sum, 'Relu'))
      fuse(node, { op: 'CamtuneAddRelu', attributes: [FLOAT], inputs: sum.inputs });
    gone.add(sum);
  }
  for (const node of nodes) {
    const norm = node.op === 'Relu6' && isFree(node) ? normBeforeRelu6(node.inputs[0]!, node) : undefined;
    if (!norm || appliedLater.has(norm)) continue;
    cappedNorms.add(norm);
    fuseNorm(node, norm, 'Relu6');
  }
  for (const node of nodes) if (isPlainSum(node) && isFree(node)) fuseNormSum(node, node, 'none');
  for (const node of nodes) {
    if (node.op !== GRADIENT || !norms.has(node.inputs[3]!.node)) continue;
    const norm = node.inputs[3]!.node;
    const before = alone(node.inputs[0]!, node);
    if (before?.op === 'ReluGrad' && normOf.get(before.inputs[1]!.node) === norm) {
      fuse(node, normGradient(node, norm, 'Relu', before), [before]);
    } else if (before?.op === 'Relu6Grad' && cappedNorms.has(norm)) {
      fuse(node, normGradient(node, norm, 'Relu6', before), [before]);
    } else {
      fuse(node, normGradient(node, norm, 'none', node));
    }
  }
  for (const node of nodes) {
    if (node.op !== 'ReluGrad' || !isFree(node)) continue;
    const sum = sumAlone(node.inputs[0]!, node);
    if (!sum) continue;
    fuse(node, { op: 'CamtuneAddReluGrad', attributes: [FLOAT], inputs: [...sum.inputs, node.inputs[1]!] }, [
      sum,
    ]);
  }
  for (const node of nodes) {
    const operation = isFree(node) ? depthwiseGradient(node) : undefined;
    if (operation) fuse(node, operation);
  }
  for (const norm of norms) fused.set(norm, normOperations(norm, appliedLater.has(norm)));
  return { fused, gone };
}

/** What follows a batch norm, by the numbers that batch-norm.cc has for it. */
const ACTIVATIONS = ['none', 'Relu', 'Relu6'] as const;
type Activation = (typeof ACTIVATIONS)[number];

const NORM = 'FusedBatchNormV3';
const GRADIENT = 'FusedBatchNormGradV3';

/** What outputs of a batch norm are: its values, mean and unbiased variance, and for the gradient mean and variance. */
const Y = 0;
const MEAN = 3;
const VARIANCE = 4;

/** The statistics of a batch and, unless that is done elsewhere, the batch norm itself. */
function normOperations(norm: Node, appliedLater: boolean): Fused {
  const moments = { op: 'CamtuneMoments', attributes: [FLOAT], inputs: [norm.inputs[0]!] };
  const operations = appliedLater ? [moments] : [moments, normalize(norm, 'none')];
  return {
    operations,
    outputs: { [Y]: [1, 0], 1: [0, 0], 2: [0, 2], [MEAN]: [0, 0], [VARIANCE]: [0, 1] },
  };
}

function normalize(norm: Node, activation: Activation, residual?: Value): Operation {
  const [x, scale, offset] = norm.inputs as [Value, Value, Value];
  const inputs = [x, { node: norm, output: MEAN }, { node: norm, output: VARIANCE }, scale, offset];
  return {
    op: residual ? 'CamtuneNormalizeAdd' : 'CamtuneNormalize',
    attributes: normAttributes(norm, activation),
    inputs: residual ? [...inputs, residual] : inputs,
  };
}

/** @param given the node whose first input is what arrives: the activation's gradient, or where there is none the norm's */
function normGradient(gradient: Node, norm: Node, activation: Activation, given: Node): Operation {
  const [, x, scale, mean, variance] = gradient.inputs as [Value, Value, Value, Value, Value];
  const inputs = [given.inputs[0]!, x, mean, variance, scale, norm.inputs[2]!];
  return { op: 'CamtuneBatchNormGrad', attributes: normAttributes(gradient, activation), inputs };
}

const FLOAT = typeAttribute('T', TF.FLOAT);

function normAttributes(node: Node, activation: Activation): Attribute[] {
  return [
    FLOAT,
    { name: 'epsilon', type: TF.float, value: valueOf(node, 'epsilon') },
    { name: 'activation', type: TF.int, value: ACTIVATIONS.indexOf(activation) },
  ];
}

/** A batch norm of the batch's own statistics; what it reserves goes to its gradients alone. */
function isTrainingNorm(node: Node, uses: readonly Use[]): boolean {
  const isNorm =
    node.op === NORM &&
    isNhwcTraining(node) &&
    !isEmpty(node) &&
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

function isEmpty(node: Node): boolean {
  const { shape } = node.outputs[0]!;
  return !shape || shape.some((side) => side < 1);
}

function isFloat(node: Node): boolean {
  return node.outputs[0]?.dtype === TF.FLOAT;
}

/**
 * The operation of our own that stands for one of TensorFlow's, which computes bfloat16 without vectors; undefined where
 * there is none, or TensorFlow fuses it with a convolution or a product.
 */
export function bfloat16Operation(
  { op, inputs, outputs }: Pick<Node, 'op'> & Partial<Pick<Node, 'inputs' | 'outputs'>>,
  folded: { has(node: Node): boolean },
): string | undefined {
  if (op === 'ReluGrad') return 'CamtuneReluGrad';
  if (!inputs || !outputs || !isPlainSum({ op, inputs, outputs })) return undefined;
  return inputs.some(({ node }) => isProduct(node) || folded.has(node)) ? undefined : 'CamtuneAdd';
}

/** A sum of two tensors of one known shape. */
function isPlainSum(node: Pick<Node, 'op' | 'inputs' | 'outputs'>): boolean {
  if (node.op !== 'Add' && node.op !== 'AddV2') return false;
  const shapes = node.inputs.map(({ node, output }) => node.outputs[output]?.shape);
  const [a, b] = shapes;
  const isKnown = a && b && !a.includes(-1);
  return Boolean(isKnown) && node.outputs[0]?.dtype === TF.FLOAT && a!.join() === b!.join();
}

/** Whether TensorFlow itself fuses a sum with what gives this operand. */
function isProduct({ op }: Pick<Node, 'op'>): boolean {
  return PRODUCTS.includes(op);
}
