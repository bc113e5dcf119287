import type { Node } from './recording.js';

/** A floating-point type of 16 bits. */
export type LowPrecision = 'bfloat16' | 'float16';

/** Which inputs of an operation are cast to the low precision, and which outputs come out in it. */
export interface PrecisionRule {
  inputs: number[];
  outputs: number[];
  /** A gradient of weights: rounded once, it is summed, clipped and stepped with in float32. */
  ends?: true;
  /** A sum: follows only where all of these inputs are low, since it takes the wider of its sides. */
  sums?: true;
}

/**
 * Operations that gain from 16 bits: they take their operands in the low precision wherever these come from. Shapes
 * and sizes among their inputs stay integers.
 */
const GAIN: Readonly<Record<string, PrecisionRule>> = {
  Conv2D: { inputs: [0, 1], outputs: [0] },
  Conv2DBackpropInput: { inputs: [1, 2], outputs: [0] },
  Conv2DBackpropFilter: { inputs: [0, 2], outputs: [0], ends: true },
  DepthwiseConv2dNative: { inputs: [0, 1], outputs: [0] },
  DepthwiseConv2dNativeBackpropInput: { inputs: [1, 2], outputs: [0] },
  DepthwiseConv2dNativeBackpropFilter: { inputs: [0, 2], outputs: [0], ends: true },
};

/**
 * Operations that follow: they stay in the low precision when an activation comes to them in it. Batch norm keeps its
 * scale, offset and statistics in float32. Everything that is not named here (softmax, losses, reductions, matrix
 * products of the head, resizing, updates of variables) runs in float32.
 */
const FOLLOW: Readonly<Record<string, PrecisionRule>> = {
  FusedBatchNormV3: { inputs: [0], outputs: [0] },
  FusedBatchNormGradV3: { inputs: [0, 1], outputs: [0] },
  BiasAdd: { inputs: [0, 1], outputs: [0] },
  Relu: { inputs: [0], outputs: [0] },
  ReluGrad: { inputs: [0, 1], outputs: [0] },
  Relu6: { inputs: [0], outputs: [0] },
  Relu6Grad: { inputs: [0, 1], outputs: [0] },
  Add: { inputs: [0, 1], outputs: [0], sums: true },
  AddV2: { inputs: [0, 1], outputs: [0], sums: true },
  MaxPool: { inputs: [0], outputs: [0] },
  MaxPoolGrad: { inputs: [0, 1, 2], outputs: [0] },
  Pad: { inputs: [0], outputs: [0] },
  PadV2: { inputs: [0, 2], outputs: [0] },
  Slice: { inputs: [0], outputs: [0] },
};

/** Names of the operations that run in the low precision, for the documentation. */
export const LOW_PRECISION_OPS = { gain: Object.keys(GAIN), follow: Object.keys(FOLLOW) };

/**
 * How an operation takes part in autocast.
 *
 * @param isLow whether the input of that index is already in the low precision, as an activation is or its gradient
 * @returns undefined when the operation runs in float32
 */
export function lowPrecisionRule(
  node: Pick<Node, 'op'>,
  isLow: (input: number) => boolean,
): PrecisionRule | undefined {
  const gain = GAIN[node.op];
  if (gain) return gain;
  const follow = FOLLOW[node.op];
  if (!follow) return undefined;
  // But for sums, what meets a low activation (a bias) is cast down to it, not the activation up.
  const follows = follow.sums ? follow.inputs.every(isLow) : follow.inputs.some(isLow);
  return follows ? follow : undefined;
}
