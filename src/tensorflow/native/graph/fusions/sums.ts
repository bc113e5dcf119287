import { TF } from '../../runtime/engine.js';
import type { Node } from '../../trace/recording.js';
import { shapeOf } from '../../trace/uses.js';

/** Operations that TensorFlow fuses with a sum behind them. */
const PRODUCTS = ['Conv2D', 'DepthwiseConv2dNative', 'MatMul', 'BatchMatMulV2', 'BiasAdd'];

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
  return inputs.some(({ node }) => isFusedByTensorflow(node, folded)) ? undefined : 'CamtuneAdd';
}

/** A sum of two tensors of one known shape. */
export function isPlainSum(node: Pick<Node, 'op' | 'inputs' | 'outputs'>): boolean {
  if (node.op !== 'Add' && node.op !== 'AddV2') return false;
  const [a, b] = node.inputs.map(shapeOf);
  const isKnown = a && b && !a.includes(-1);
  return Boolean(isKnown) && node.outputs[0]?.dtype === TF.FLOAT && a!.join() === b!.join();
}

/** Whether TensorFlow itself fuses a sum with what gives this operand. */
export function isFusedByTensorflow(node: Node, folded: { has(node: Node): boolean }): boolean {
  return PRODUCTS.includes(node.op) || folded.has(node);
}
