import { type Attribute, type Endpoint, TF, typeAttribute } from '../../runtime/engine.js';
import type { RuleInput } from '../precision.js';
import type { Node, Value } from '../../trace/recording.js';
import { type Uses, usesOf, valueOf } from '../../trace/uses.js';

/** Convolutions whose channels a batch norm can be multiplied into. */
const CONVOLUTIONS: readonly string[] = ['Conv2D', 'DepthwiseConv2dNative'];

/** Ours, and that of tf.batchNorm. */
const BATCH_NORMS: readonly string[] = ['FusedBatchNormV3', 'FusedBatchNorm'];

/**
 * Batch norms with given statistics that directly follow a convolution which nobody else needs: such a pair is one
 * convolution with other weights and a bias, conv(x, w · s) + (offset − mean · s) with s = scale / √(variance + ε).
 * The runtime then fuses the bias, a residual and a ReLU behind it into the same kernel.
 *
 * A pair is left alone where the gradient of scale or offset is taken (that needs what lies between), and where it gives
 * fewer numbers for a batch than it has weights (the last layers): these are multiplied anew at every call.
 *
 * @param nodes those that are needed, in recorded order
 * @param outputs the results of the function and the new values of its variables
 * @returns batch norm → convolution
 */
export function foldableBatchNorms(nodes: readonly Node[], outputs: readonly Value[]): Map<Node, Node> {
  const uses = usesOf(nodes, outputs);
  const pairs = nodes
    .filter((node) => isReplaceable(node, uses))
    .map((norm) => [norm, norm.inputs[0]!.node] as const)
    .filter(([norm, { op }]) => CONVOLUTIONS.includes(op) && valueOf(norm, 'data_format') === 'NHWC')
    .filter(([, convolution]) => uses(convolution).length === 1 && paysOff(convolution));
  return new Map(pairs);
}

/**
 * Batch norms that TensorFlow must not see: where oneDNN is on, it turns a convolution, a batch norm and a tanh into one
 * operation that has no kernel ("Fusion is not implemented: [FusedBatchNorm,Tanh]", keras-team/keras#19218). It first
 * removes and moves operations between them, hence all that are together in a function count. Those in 16 bits it
 * leaves alone.
 *
 * @param precision what the function was asked for
 */
export function batchNormsBesideTanh(
  nodes: readonly Node[],
  outputs: readonly Value[],
  precision: string,
): Set<Node> {
  if (!['Conv2D', 'Tanh'].every((name) => nodes.some(({ op }) => op === name))) return new Set();
  const uses = usesOf(nodes, outputs);
  return new Set(
    nodes.filter((node) => isReplaceable(node, uses) && (node.precision ?? precision) === 'float32'),
  );
}

/** Whether a node is a batch norm with given statistics of which nobody wants more than the first output. */
function isReplaceable(node: Node, uses: Uses): boolean {
  if (!BATCH_NORMS.includes(node.op) || valueOf(node, 'is_training') !== false) return false;
  return uses(node).every(({ output }) => output === 0);
}

/** Adds operations to the graph. */
export interface Emitter {
  /** As it is, in float32. */
  add(op: string, inputs: readonly Endpoint[], attributes?: readonly Attribute[]): number;
  constant(values: Float32Array | Int32Array, shape: number[]): Endpoint;
  /** In the node's own precision, or the one that the function was asked for. */
  place(node: RuleInput & Pick<Node, 'attributes' | 'precision'>, inputs: Endpoint[]): number;
}

/**
 * Emits batch norms with given statistics into one graph. Copies of a network in it (chunks of a batch, say) share the
 * folded weights.
 *
 * @returns `folded`, `within` and `apart`, which give the operation whose first output is the norm's. `given` are the inputs of
 *   the norm in float32, without its first one: scale, offset, mean, variance; `operands` those of the convolution that
 *   it is folded into, `x` what the norm is applied to, as x · s + (offset − mean · s). `within` is for convolutions that
 *   take that offset and s beside their operands.
 */
export function batchNormFolder({ add, constant, place }: Emitter) {
  const known = new Map<string, { weights: Endpoint; bias: Endpoint }>();
  const of = (op: string, ...inputs: Endpoint[]): Endpoint => [add(op, inputs, FLOAT), 0];
  /** A depthwise kernel is [h, w, C, multiplier]: its output channels are its last two axes. */
  const perChannel = ({ op, inputs }: Node, factor: Endpoint): Endpoint => {
    if (op === 'Conv2D') return factor;
    const { node, output } = inputs[1]!;
    const channels = node.outputs[output]!.shape!.slice(2);
    const shape = constant(Int32Array.from(channels), [channels.length]);
    return [add('Reshape', [factor, shape], [...FLOAT, typeAttribute('Tshape', TF.INT32)]), 0];
  };
  const affine = (norm: Node, given: readonly Endpoint[]): { factor: Endpoint; bias: Endpoint } => {
    const [scale, offset, mean, variance] = given as [Endpoint, Endpoint, Endpoint, Endpoint];
    const epsilon = constant(Float32Array.of(valueOf(norm, 'epsilon') as number), []);
    const factor = of('Mul', scale, of('Rsqrt', of('AddV2', variance, epsilon)));
    return { factor, bias: of('Sub', offset, of('Mul', mean, factor)) };
  };
  return {
    folded(norm: Node, convolution: Node, given: readonly Endpoint[], operands: readonly Endpoint[]): number {
      const [x, weights] = operands as [Endpoint, Endpoint];
      const key = [weights, ...given].join(' ');
      let folded = known.get(key);
      if (!folded) {
        const { factor, bias } = affine(norm, given);
        folded = { weights: of('Mul', weights, perChannel(convolution, factor)), bias };
        known.set(key, folded);
      }
      const product = place(convolution, [x, folded.weights]);
      const { precision } = convolution;
      const addition = { op: 'BiasAdd', attributes: BIAS_ADD, ...(precision && { precision }) };
      return place(addition, [[product, 0], folded.bias]);
    },
    within(norm: Node, convolution: Node, given: readonly Endpoint[], operands: readonly Endpoint[]): number {
      const { factor, bias } = affine(norm, given);
      return place(convolution, [...operands, bias, factor]);
    },
    apart(norm: Node, given: readonly Endpoint[], x: Endpoint): number {
      const { factor, bias } = affine(norm, given);
      return add('AddV2', [of('Mul', x, factor), bias], FLOAT);
    },
  };
}

const FLOAT = [typeAttribute('T', TF.FLOAT)];
const BIAS_ADD = [...FLOAT, { name: 'data_format', type: TF.string, value: 'NHWC' }];

/** The batch for which folding has to pay: the decision must not depend on the batch at hand, or results would. */
const TYPICAL_BATCH = 16;

function paysOff(convolution: Node): boolean {
  const shapeOf = ({ node, output }: Value): number[] => node.outputs[output]!.shape!;
  const product = (sides: number[]): number => sides.reduce((result, side) => result * side, 1);
  const results = product(shapeOf({ node: convolution, output: 0 }).slice(1));
  return TYPICAL_BATCH * results >= product(shapeOf(convolution.inputs[1]!));
}
