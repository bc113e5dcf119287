import { TF } from '../runtime/engine.js';
import type { Node } from '../trace/recording.js';
import { constantOf, shapeOf, valueOf } from '../trace/uses.js';

/** Which inputs of an operation are cast to the low precision, and which outputs come out in it. */
export interface PrecisionRule {
  inputs: number[];
  outputs: number[];
  /** A gradient of weights: rounded once, it is summed, clipped and stepped with in float32. */
  ends?: true;
}

/** What the rules look at. Shapes are missing where a node was made for the graph and not recorded. */
export type RuleInput = Pick<Node, 'op'> & Partial<Pick<Node, 'attributes' | 'inputs' | 'outputs'>>;

/**
 * Operations that gain from 16 bits: they take their operands in the low precision wherever these come from. Shapes
 * and sizes among their inputs stay integers.
 */
const GAIN: Readonly<Record<string, PrecisionRule>> = {
  Conv2D: { inputs: [0, 1], outputs: [0] },
  Conv2DBackpropInput: { inputs: [1, 2], outputs: [0] },
  Conv2DBackpropFilter: { inputs: [0, 2], outputs: [0], ends: true },
  // Of our own, for some processors: it gives float32.
  CamtuneFilterGrad: { inputs: [0, 1], outputs: [] },
  DepthwiseConv2dNative: { inputs: [0, 1], outputs: [0] },
  DepthwiseConv2dNativeBackpropInput: { inputs: [1, 2], outputs: [0] },
  DepthwiseConv2dNativeBackpropFilter: { inputs: [0, 2], outputs: [0], ends: true },
};

/**
 * Matrix products gain too. Each with the attribute that says whether its first operand is transposed. Einsum does not:
 * TensorFlow adds it up in 16 bits on the CPU, which was 14 roundings off where these are 3.
 */
const PRODUCTS: Readonly<Record<string, string>> = { MatMul: 'transpose_a', BatchMatMulV2: 'adj_x' };

/** When an operation follows: see `FOLLOWS`. */
type Follows = 'any' | 'all' | 'sum' | 'scaled';

interface FollowRule {
  /** Indices, or the attribute that holds how many there are, counted from the first one. */
  inputs: number[] | string;
  outputs: number[] | string;
  follows: Follows;
}

const first: FollowRule = { inputs: [0], outputs: [0], follows: 'any' };
const firstTwo: FollowRule = { inputs: [0, 1], outputs: [0], follows: 'any' };

/**
 * Operations that follow: they stay in the low precision when an activation comes to them in it. Batch norm keeps its
 * scale, offset and statistics in float32. Everything that is not named here (softmax, exponentials, tanh and erf,
 * losses, reductions and so what layer norm does, resizing, updates of variables) runs in float32.
 */
const FOLLOW: Readonly<Record<string, FollowRule>> = {
  FusedBatchNormV3: first,
  FusedBatchNormGradV3: firstTwo,
  BiasAdd: firstTwo,
  Relu: first,
  ReluGrad: firstTwo,
  Relu6: first,
  Relu6Grad: firstTwo,
  Add: { ...firstTwo, follows: 'sum' },
  AddV2: { ...firstTwo, follows: 'sum' },
  Mul: { ...firstTwo, follows: 'scaled' },
  RealDiv: { ...firstTwo, follows: 'scaled' },
  // Of our own: curves, batch norms, sums and ReLUs together, and what a 1×1 convolution with strides looks at.
  CamtuneGelu: first,
  CamtuneGeluGrad: firstTwo,
  CamtuneGeluTanh: first,
  CamtuneGeluTanhGrad: firstTwo,
  CamtuneSwish: first,
  CamtuneSwishGrad: firstTwo,
  CamtuneSubsample: first,
  CamtuneDepthwiseFilterGrad: { ...firstTwo, outputs: [] },
  CamtuneMoments: { ...first, outputs: [] },
  CamtuneNormalize: first,
  CamtuneNormalizeAdd: { inputs: [0, 5], outputs: [0], follows: 'all' },
  CamtuneBatchNormGrad: firstTwo,
  CamtuneAddRelu: { ...firstTwo, follows: 'all' },
  CamtuneAddReluGrad: { inputs: [0, 1, 2], outputs: [0], follows: 'any' },
  MaxPool: first,
  MaxPoolGrad: { inputs: [0, 1, 2], outputs: [0], follows: 'any' },
  // These only move values.
  Pad: first,
  PadV2: { inputs: [0, 2], outputs: [0], follows: 'any' },
  Slice: first,
  StridedSlice: first,
  Reshape: first,
  Transpose: first,
  BroadcastTo: first,
  Tile: first,
  SplitV: { ...first, outputs: 'num_split' },
  Unpack: { ...first, outputs: 'num' },
  ConcatV2: { inputs: 'N', outputs: [0], follows: 'all' },
  Pack: { inputs: 'N', outputs: [0], follows: 'all' },
};

/** Names of the operations that run in the low precision, for the documentation. */
export const LOW_PRECISION_OPS = {
  gain: [...Object.keys(GAIN), ...Object.keys(PRODUCTS)],
  follow: Object.keys(FOLLOW),
};

/** Factors in this range are normal numbers in float16. */
const SMALLEST = 2 ** -14;
const LARGEST = 2 ** 15;

type IsLow = (input: number) => boolean;

const FOLLOWS: Readonly<Record<Follows, (node: RuleInput, inputs: number[], isLow: IsLow) => boolean>> = {
  /** What meets a low activation (a bias of BiasAdd) is cast down to it, not the activation up. */
  any: (_, inputs, isLow) => inputs.some(isLow),
  all: (_, inputs, isLow) => inputs.every(isLow),
  /** Takes the wider of its sides, unless that is the bias of a dense layer. */
  sum: (node, inputs, isLow) =>
    inputs.every(isLow) || inputs.some((input) => isLow(input) && isBias(node, 1 - input)),
  /** An activation by a number, as attention scales its scores. */
  scaled: (node, _, isLow) =>
    (isLow(0) && isFactor(node, 1)) || (node.op === 'Mul' && isLow(1) && isFactor(node, 0)),
};

/**
 * How an operation takes part in autocast.
 *
 * @param isLow whether the input of that index is already in the low precision, as an activation is or its gradient
 * @returns undefined when the operation runs in float32
 */
export function lowPrecisionRule(node: RuleInput, isLow: IsLow): PrecisionRule | undefined {
  if (node.op in PRODUCTS) return productRule(node);
  const gain = GAIN[node.op];
  if (gain) return gain;
  const follow = FOLLOW[node.op];
  if (!follow) return undefined;
  const inputs = indices(node, follow.inputs);
  const outputs = indices(node, follow.outputs);
  return FOLLOWS[follow.follows](node, inputs, isLow) ? { inputs, outputs } : undefined;
}

/**
 * The product of two matrices is a gradient of weights where its first operand is transposed: of y = x·W that is xᵀ·dy,
 * of y = x·Wᵀ dyᵀ·x. Stacks of matrices are not: there the same product is a gradient of attention, which goes on to
 * further products. (Weights in a stack, one matrix an expert, lose by that: sums of their gradients are low.)
 */
function productRule(node: RuleInput): PrecisionRule | undefined {
  if ((valueOf(node, 'T') ?? TF.FLOAT) !== TF.FLOAT) return undefined;
  const rule = { inputs: [0, 1], outputs: [0] };
  const transposed = valueOf(node, PRODUCTS[node.op]!) === true;
  // Layers of tfjs make a stack of one.
  const stack = size(node.outputs?.[0]?.shape?.slice(0, -2) ?? []);
  return transposed && stack === 1 ? { ...rule, ends: true } : rule;
}

/** Whether an input holds one number for each channel of the other one, which is larger. */
function isBias(node: RuleInput, input: number): boolean {
  const bias = shapeOf(node.inputs?.[input]);
  const activation = shapeOf(node.inputs?.[1 - input]);
  if (!bias || !activation || size(bias) < 2 || size(bias) >= size(activation)) return false;
  return bias.at(-1) === activation.at(-1) && size(bias) === bias.at(-1);
}

/** Whether an input is one number that is known, and neither vanishes nor overflows in 16 bits. */
function isFactor(node: RuleInput, input: number): boolean {
  const constant = constantOf(node.inputs?.[input]);
  if (!constant) return false;
  const { values, shape } = constant;
  const magnitude = Math.abs((values as Float32Array)[0]!);
  return size(shape) === 1 && magnitude >= SMALLEST && magnitude <= LARGEST;
}

function size(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

function indices(node: RuleInput, given: number[] | string): number[] {
  if (typeof given !== 'string') return given;
  return Array.from({ length: valueOf(node, given) as number }, (_, index) => index);
}
