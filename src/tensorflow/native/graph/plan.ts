import type * as tf from '@tensorflow/tfjs-core';
import type { Precision } from '../../compile.js';
import type { Gains } from '../runtime/processor.js';
import type { Node } from '../trace/recording.js';
import type { Trace } from '../trace/trace.js';
import { needsOf } from '../trace/uses.js';
import { batchNormsBesideTanh, foldableBatchNorms } from './fusions/fold-batch-norm.js';
import { type Fusions, fusions } from './fusions/fuse.js';
import { isPointwiseGradient } from './fusions/pointwise.js';
import { ringOrder } from './ring-order.js';

export interface EmitOptions {
  precision: Precision;
  /** Gains on a CPU, where the convolution then fuses with what follows; cuDNN's batch norm is as fast as its bias. */
  foldBatchNorms: boolean;
  /** Whether TensorFlow knows the operations of ../cpu, which are a CPU's. */
  fused: boolean;
  /** Which further ones the processor is faster with. */
  gains: Gains;
}

/** What the nodes of a recording become. */
export interface EmissionPlan extends Omit<Fusions, 'gone'> {
  /** Those that are emitted, in recorded order (but see ringOrder): what results and assignments need and nothing else took in. */
  nodes: Node[];
  /** Batch norm → the convolution that it becomes part of. */
  folds: ReadonlyMap<Node, Node>;
  /** Batch norms that TensorFlow must not see. */
  besideTanh: ReadonlySet<Node>;
  /** Gradients of convolutions' weights that are emitted as products of matrices. */
  asProducts: ReadonlySet<Node>;
  /** Variables that are written: they live in the runtime. */
  resident: ReadonlySet<tf.Variable>;
}

export function emissionPlan(trace: Trace, options: EmitOptions): EmissionPlan {
  const { precision, foldBatchNorms, fused, gains } = options;
  const nodes = ringOrder(neededNodes(trace));
  const folds = foldBatchNorms ? foldableBatchNorms(nodes, trace.outputs) : new Map<Node, Node>();
  const { gone, ...plan } = fused
    ? fusions(nodes, trace.outputs, precision, folds, gains)
    : { fused: new Map(), gone: new Set<Node>(), normed: new Map() };
  const convolutions = new Set(folds.values());
  const isProduct = (node: Node): boolean =>
    fused && (node.precision ?? precision) === 'bfloat16' && isPointwiseGradient(node);
  return {
    ...plan,
    nodes: nodes.filter((node) => !convolutions.has(node) && !gone.has(node)),
    folds,
    besideTanh: foldBatchNorms ? batchNormsBesideTanh(nodes, trace.outputs, precision) : new Set(),
    asProducts: new Set(nodes.filter(isProduct)),
    resident: new Set(nodes.flatMap(({ writes = [] }) => writes.map(({ variable }) => variable))),
  };
}

/** The nodes that results and assignments need, in recorded order. */
function neededNodes({ outputs, assigned }: Trace): Node[] {
  const needed = new Set<Node>();
  const open = [...outputs.map(({ node }) => node), ...assigned.values()];
  for (let node = open.pop(); node; node = open.pop()) {
    if (needed.has(node)) continue;
    needed.add(node);
    open.push(...needsOf(node));
  }
  return [...needed].sort((a, b) => a.index - b.index);
}
