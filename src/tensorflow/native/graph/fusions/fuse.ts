import type { Precision } from '../../../compile.js';
import { depthwiseGradient } from './depthwise.js';
import { TF, typeAttribute } from '../../runtime/engine.js';
import { filterGradient } from './filter-gradient.js';
import type { Gains } from '../../runtime/processor.js';
import type { Fused, Node, Operation, Value } from '../../trace/recording.js';
import { type Uses, usesOf } from '../../trace/uses.js';
import { isFusedByTensorflow, isPlainSum } from './sums.js';
import {
  type Activation,
  ACTIVATION_GRADIENTS,
  GRADIENT,
  isTrainingNorm,
  normalize,
  normGradient,
  normOperations,
  Y,
} from './training-norm.js';
import { ending, winograd } from './winograd.js';
import { zeroPadding } from './zero-padding.js';

export interface Fusions {
  fused: Map<Node, Fused>;
  /** Nodes that became part of another one's operation. */
  gone: Set<Node>;
  /** By a batch norm that became part of a convolution, that convolution where it is one of our own. */
  normed: Map<Node, NormedConvolution>;
}

/** A convolution of our own that takes images, kernel, and of the batch norm behind it an offset and a factor. */
export interface NormedConvolution {
  operation: Operation;
  /** The ReLU that is a part of it. */
  relu: Node | undefined;
}

/**
 * What stands between convolutions in training, as few operations that read and write memory once: a batch norm of the
 * batch's own statistics with the residual and the ReLU behind it; the gradient of a batch norm with that of the ReLU;
 * sums with a ReLU or its gradient. For the CPU: elsewhere TensorFlow's own are as fast.
 *
 * @param nodes those that are needed, in recorded order
 * @param outputs the results of the function
 * @param precision what the function was asked for
 * @param folded batch norms that became part of a convolution, and that: TensorFlow fuses what follows into it
 * @param gains which further operations of our own the processor is faster with
 */
export function fusions(
  nodes: readonly Node[],
  outputs: readonly Value[],
  precision: Precision,
  folded: ReadonlyMap<Node, Node>,
  gains: Gains,
): Fusions {
  const plan = emptyPlan(nodes, outputs, precision, folded, gains);
  const ownFilterGradient = (node: Node): Operation | undefined => {
    const wanted = node.precision ?? precision;
    return gains.filterGradients.includes(wanted) ? filterGradient(node, wanted) : undefined;
  };
  const replacements = [depthwiseGradient, zeroPadding, ownFilterGradient].map(replaced);
  for (const [norm, convolution] of folded) normWinograd(plan, norm, convolution);
  // In this order: what an earlier one has taken, a later one leaves alone.
  for (const rule of [
    winogradRule,
    reluRule,
    relu6Rule,
    sumRule,
    normGradientRule,
    sumGradientRule,
    ...replacements,
  ]) {
    for (const node of nodes) if (plan.isFree(node)) rule(plan, node);
  }
  for (const norm of plan.norms) plan.fused.set(norm, normOperations(norm, plan.appliedLater.has(norm)));
  return plan;
}

/** What has been found so far. */
interface Plan extends Fusions {
  uses: Uses;
  /** Batch norms that can be taken apart into statistics and what is done with them. */
  norms: ReadonlySet<Node>;
  /** Those that are applied where the ReLU or the sum behind them stands. */
  appliedLater: Set<Node>;
  /** By what the gradient of an activation looks at (a ReLU's own values, those before a ReLU6), the norm before that. */
  normOf: Map<Node, Node>;
  /** Whether a node may be fused and has not been. */
  isFree(node: Node): boolean;
  /** Convolutions, and gradients of some, that are operations of our own. */
  winograd: ReadonlyMap<Node, Operation>;
  /** Whether TensorFlow itself fuses a sum with the operation that gives this operand. */
  isTensorflows(node: Node): boolean;
}

type Rule = (plan: Plan, node: Node) => void;

function emptyPlan(
  nodes: readonly Node[],
  outputs: readonly Value[],
  precision: Precision,
  folded: ReadonlyMap<Node, Node>,
  gains: Gains,
): Plan {
  const uses = usesOf(nodes, outputs);
  const fused = new Map<Node, Fused>();
  const gone = new Set<Node>();
  const isFree = (node: Node): boolean =>
    (node.precision ?? precision) !== 'float16' && !gone.has(node) && !fused.has(node) && !folded.has(node);
  const norms = new Set(nodes.filter((node) => isTrainingNorm(node, uses(node)) && isFree(node)));
  const winograd = winogradOf(nodes, precision, gains);
  const isTensorflows = (node: Node): boolean =>
    isFusedByTensorflow(node, folded) && !fused.has(node) && !winograd.has(folded.get(node) ?? node);
  return {
    uses,
    fused,
    gone,
    normed: new Map(),
    norms,
    appliedLater: new Set(),
    normOf: new Map(),
    isFree,
    winograd,
    isTensorflows,
  };
}

function winogradOf(nodes: readonly Node[], precision: Precision, gains: Gains): Map<Node, Operation> {
  const found = new Map<Node, Operation>();
  if (!gains.winograd) return found;
  for (const node of nodes) {
    const operation = (node.precision ?? precision) === 'float32' ? winograd(node) : undefined;
    if (operation) found.set(node, operation);
  }
  return found;
}

/** A convolution of our own, or a gradient of one, with the bias and the ReLU behind it. */
const winogradRule: Rule = (plan, node) => {
  const operation = plan.winograd.get(node);
  if (!operation) return;
  const bias = node.op === 'Conv2D' ? follower(plan, node, 'BiasAdd') : undefined;
  const relu = bias && follower(plan, bias, 'Relu');
  const numbers = bias ? [bias.inputs[1]!] : [];
  const attributes = bias ? ending(1, relu !== undefined) : operation.attributes;
  const parts = [node, bias, relu].filter((part) => part !== undefined);
  fuse(plan, parts.pop()!, { ...operation, attributes, inputs: [...operation.inputs, ...numbers] }, ...parts);
};

/** A convolution of our own that a batch norm became part of, with the ReLU behind that. */
function normWinograd(plan: Plan, norm: Node, convolution: Node): void {
  const operation = plan.winograd.get(convolution);
  if (!operation) return;
  const relu = follower(plan, norm, 'Relu');
  const attributes = ending(2, relu !== undefined);
  plan.normed.set(norm, { operation: { ...operation, attributes }, relu });
  for (const part of [convolution, relu]) if (part) plan.gone.add(part);
}

/** A ReLU with the batch norm, the sum, or both before it. */
const reluRule: Rule = (plan, node) => {
  if (node.op !== 'Relu' || !isFloat(node)) return;
  const norm = normAlone(plan, node.inputs[0]!, node);
  if (norm) {
    plan.normOf.set(node, norm);
    return fuseNorm(plan, node, norm, 'Relu');
  }
  const sum = sumAlone(plan, node.inputs[0]!, node);
  if (!sum || fuseNormSum(plan, node, sum, 'Relu')) return;
  fuse(plan, node, { op: 'CamtuneAddRelu', attributes: [FLOAT], inputs: sum.inputs }, sum);
};

/** A ReLU6 with the batch norm before it. */
const relu6Rule: Rule = (plan, node) => {
  const norm = node.op === 'Relu6' ? normBeforeRelu6(plan, node) : undefined;
  if (!norm || plan.appliedLater.has(norm)) return;
  plan.normOf.set(norm, norm);
  fuseNorm(plan, node, norm, 'Relu6');
};

/** A sum, with no ReLU behind it, of a batch norm and something else. */
const sumRule: Rule = (plan, node) => {
  if (isPlainSum(node)) fuseNormSum(plan, node, node, 'none');
};

/** The gradient of a batch norm with that of the activation behind it. */
const normGradientRule: Rule = (plan, node) => {
  if (node.op !== GRADIENT || !plan.norms.has(node.inputs[3]!.node)) return;
  const norm = node.inputs[3]!.node;
  const before = alone(plan, node.inputs[0]!, node);
  const activation = before && ACTIVATION_GRADIENTS[before.op];
  if (activation && plan.normOf.get(before.inputs[1]!.node) === norm) {
    fuse(plan, node, normGradient(node, norm, activation, before), before);
  } else {
    fuse(plan, node, normGradient(node, norm, 'none', node));
  }
};

/** The gradient of a ReLU with the sum of gradients before it. */
const sumGradientRule: Rule = (plan, node) => {
  const sum = node.op === 'ReluGrad' ? sumAlone(plan, node.inputs[0]!, node) : undefined;
  if (!sum) return;
  const inputs = [...sum.inputs, node.inputs[1]!];
  fuse(plan, node, { op: 'CamtuneAddReluGrad', attributes: [FLOAT], inputs }, sum);
};

/** A node for which another operation stands, whatever is around it. */
const replaced =
  (operationOf: (node: Node) => Operation | undefined): Rule =>
  (plan, node) => {
    const operation = operationOf(node);
    if (operation) fuse(plan, node, operation);
  };

/** The node of that kind that alone needs the first output of another one, as its own first input. */
function follower({ uses, isFree }: Plan, node: Node, op: string): Node | undefined {
  const [use, ...more] = uses(node);
  const user = use?.by;
  const isAlone = user?.op === op && user.inputs[0]!.node === node && use!.output === 0 && more.length === 0;
  return isAlone && user.precision === node.precision && isFree(user) ? user : undefined;
}

/** The node that gives a value which `user` alone needs. */
function alone({ uses, isFree }: Plan, { node, output }: Value, user: Node): Node | undefined {
  const isAlone = output === 0 && uses(node).filter((use) => use.output === 0).length === 1;
  return isAlone && node.precision === user.precision && isFree(node) ? node : undefined;
}

function normAlone(plan: Plan, value: Value, user: Node): Node | undefined {
  const norm = alone(plan, value, user);
  return norm && plan.norms.has(norm) && !plan.appliedLater.has(norm) ? norm : undefined;
}

function sumAlone(plan: Plan, value: Value, user: Node): Node | undefined {
  const sum = alone(plan, value, user);
  return sum && isPlainSum(sum) && !sum.inputs.some(({ node }) => plan.isTensorflows(node)) ? sum : undefined;
}

/** The batch norm before a ReLU6 where nobody needs what it gives but that and gradients that become part of its own. */
function normBeforeRelu6(plan: Plan, relu6: Node): Node | undefined {
  const { node: norm, output } = relu6.inputs[0]!;
  if (output !== Y || !plan.norms.has(norm) || norm.precision !== relu6.precision) return undefined;
  const users = plan.uses(norm).filter((use) => use.output === Y);
  return users.every(({ by }) => by === relu6 || (by && isBeforeGradient(plan, by, norm))) ? norm : undefined;
}

/** Whether a node is the gradient of a ReLU6 behind a norm, and nothing but the norm's own gradient needs it. */
function isBeforeGradient({ uses, isFree }: Plan, node: Node, norm: Node): boolean {
  const [use, ...more] = uses(node);
  const user = use?.by;
  const isOfNorm =
    node.op === 'Relu6Grad' && node.inputs[1]!.node === norm && node.precision === norm.precision;
  const goesOn = user?.op === GRADIENT && user.inputs[0]!.node === node && user.inputs[3]!.node === norm;
  return isOfNorm && isFree(node) && goesOn && more.length === 0;
}

/** @param parts what becomes part of the operation */
function fuse({ fused, gone }: Plan, node: Node, operation: Operation, ...parts: Node[]): void {
  fused.set(node, { operations: [operation], outputs: [0, 1, 2].map((output) => [0, output]) });
  for (const part of parts) gone.add(part);
}

function fuseNorm(plan: Plan, node: Node, norm: Node, activation: Activation, residual?: Value): void {
  plan.appliedLater.add(norm);
  fuse(plan, node, normalize(norm, activation, residual));
}

/** A sum of a batch norm and something else. Of two norms the later one, whose values may still be cached. */
function fuseNormSum(plan: Plan, node: Node, sum: Node, activation: Activation): boolean {
  const index = sum.inputs.findLastIndex((value) => normAlone(plan, value, sum));
  if (index < 0) return false;
  fuseNorm(plan, node, sum.inputs[index]!.node, activation, sum.inputs[1 - index]);
  if (sum !== node) plan.gone.add(sum);
  return true;
}

const FLOAT = typeAttribute('T', TF.FLOAT);

function isFloat(node: Node): boolean {
  return node.outputs[0]?.dtype === TF.FLOAT;
}
