import { type Attribute, TF } from './engine.js';
import type { Node } from './recording.js';
import { isFilled, shapeOf, valueOf } from './uses.js';

/**
 * What kernels of our own are told of a convolution whose weights' gradient they compute: the sides of its kernel, strides,
 * and padding above and to the left.
 *
 * @param node the gradient, of images and of what the convolution gives, NHWC, whose shapes are known
 */
export function convolutionSizes(node: Node): Attribute[] {
  const [images, , gradient] = node.inputs.map(shapeOf);
  const [height, width] = node.outputs[0]!.shape as [number, number];
  const [, down, across] = valueOf(node, 'strides') as [number, number, number, number];
  const [top, left] = [
    { side: images![1]!, result: gradient![1]!, kernel: height, stride: down },
    { side: images![2]!, result: gradient![2]!, kernel: width, stride: across },
  ].map((axis, index) => paddingBefore(node, index, axis));
  const sizes = { height, width, down, across, top, left };
  return Object.entries(sizes).map(([name, value]) => ({ name, type: TF.int, value }));
}

/**
 * Whether the gradient of a convolution's weights is of a kind that kernels of our own know: NHWC with known shapes, all
 * channels at once, without dilation.
 */
export function isKnownGradient(node: Node): boolean {
  const [images, , gradient] = node.inputs.map(shapeOf);
  const dilations = (valueOf(node, 'dilations') as number[] | undefined) ?? [];
  return (
    valueOf(node, 'data_format') === 'NHWC' &&
    isFilled(images) &&
    isFilled(gradient) &&
    images!.at(-1) === node.outputs[0]!.shape?.[2] &&
    dilations.every((rate) => rate === 1)
  );
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
