import { convolutionOf, sizesOf } from './convolution.js';
import { TF, typeAttribute } from '../../runtime/engine.js';
import type { Node, Operation } from '../../trace/recording.js';

/** Widths of kernels that depthwise.cc knows. */
const WIDTHS = [3, 5, 7];

/**
 * The gradient of a depthwise convolution's weights as an operation of depthwise.cc, which gives it in float32 whatever
 * the precision.
 *
 * @returns undefined where that does not know the convolution (several outputs a channel, dilation, other widths)
 */
export function depthwiseGradient(node: Node): Operation | undefined {
  const convolution = node.op === 'DepthwiseConv2dNativeBackpropFilter' ? convolutionOf(node) : undefined;
  const [, width, , multiplier] = convolution?.kernel ?? [];
  if (!convolution || multiplier !== 1 || !WIDTHS.includes(width!)) return undefined;
  const [x, , dy] = node.inputs;
  return {
    op: 'CamtuneDepthwiseFilterGrad',
    attributes: [typeAttribute('T', TF.FLOAT), ...sizesOf(convolution)],
    inputs: [x!, dy!],
  };
}
