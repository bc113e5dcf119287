import { convolutionSizes, isKnownGradient } from './convolution-sizes.js';
import { TF, typeAttribute } from './engine.js';
import type { Node, Operation } from './recording.js';

/** Widths of kernels that depthwise.cc knows. */
const WIDTHS = [3, 5, 7];

/**
 * The gradient of a depthwise convolution's weights as an operation of depthwise.cc, which gives it in float32 whatever
 * the precision.
 *
 * @returns undefined where that does not know the convolution (several outputs a channel, dilation, other widths)
 */
export function depthwiseGradient(node: Node): Operation | undefined {
  if (node.op !== 'DepthwiseConv2dNativeBackpropFilter' || !isKnownGradient(node)) return undefined;
  const [x, , dy] = node.inputs;
  const [, width, , multiplier] = node.outputs[0]!.shape!;
  if (multiplier !== 1 || !WIDTHS.includes(width!)) return undefined;
  return {
    op: 'CamtuneDepthwiseFilterGrad',
    attributes: [typeAttribute('T', TF.FLOAT), ...convolutionSizes(node)],
    inputs: [x!, dy!],
  };
}
