import { type Attribute, TF, typeAttribute } from './engine.js';
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
  const [height, width, channels, multiplier] = node.outputs[0]!.shape ?? [];
  const isKnown = isFilled(images) && isFilled(gradient);
  const dilations = (valueOf(node, 'dilations') as number[] | undefined) ?? [];
  if (!isKnown || multiplier !== 1 || !WIDTHS.includes(width!) || dilations.some((rate) => rate !== 1))
    return undefined;
  if (images!.at(-1) !== channels) return undefined;
  const [, down, across] = valueOf(node, 'strides') as [number, number, number, number];
  const [top, left] = [
    { side: images![1]!, result: gradient![1]!, kernel: height!, stride: down },
    { side: images![2]!, result: gradient![2]!, kernel: width!, stride: across },
  ].map((axis, index) => paddingBefore(node, index, axis));
  const sizes = { height, width, down, across, top, left };
  const attributes = Object.entries(sizes).map(([name, value]): Attribute => ({ name, type: TF.int, value }));
  return {
    op: 'CamtuneDepthwiseFilterGrad',
    attributes: [typeAttribute('T', TF.FLOAT), ...attributes],
    inputs: [x!, dy!],
  };
}

interface Axis {
  side: number;
  result: number;
  kernel: number;
  stride: number;
}

/** @param index 0: height, 1: width */
function paddingBefore(node: Node, index: number, { side, result, kernel, stride }: Axis): number {
  switch (valueOf(node, 'padding')) {
    case 'EXPLICIT':
      return (valueOf(node, 'explicit_paddings') as number[])[2 + 2 * index]!;
    case 'SAME':
      return Math.floor(Math.max(0, (result - 1) * stride + kernel - side) / 2);
    default:
      return 0;
  }
}
