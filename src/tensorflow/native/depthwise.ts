import { convolutionSizes } from './convolution-sizes.js';
import { TF, typeAttribute } from './engine.js';
import type { Node, Operation } from './recording.js';
import { isFilled, shapeOf, valueOf } from './uses.js';

/** Widths of kernels that depthwise.cc knows. */
const WIDTHS = [3, 5, 7];

/**
 * The gradient of a depthwise convolution's weights as an operation of depthwise.cc, which gives it in float32 whatever
 * the precision.
 *
 * @returns undefined where that does not know the convolution (several outputs a channel, dilation, other widths)
 */
export function depthwiseGradient(node: Node): Operation | undefined {
  if (node.op !== 'DepthwiseConv2dNativeBackpropFilter' || valueOf(node, 'data_format') !== 'NHWC')
    return undefined;
  const [x, , dy] = node.inputs;
  const [images, gradient] = [shapeOf(x), shapeOf(dy)];
  const [, width, channels, multiplier] = node.outputs[0]!.shape ?? [];
  const isKnown = isFilled(images) && isFilled(gradient);
  const dilations = (valueOf(node, 'dilations') as number[] | undefined) ?? [];
  if (!isKnown || multiplier !== 1 || !WIDTHS.includes(width!) || dilations.some((rate) => rate !== 1))
    return undefined;
  if (images!.at(-1) !== channels) return undefined;
  return {
    op: 'CamtuneDepthwiseFilterGrad',
    attributes: [typeAttribute('T', TF.FLOAT), ...convolutionSizes(node)],
    inputs: [x!, dy!],
  };
}
