import { type Attribute, TF } from '../../runtime/engine.js';
import type { Node } from '../../trace/recording.js';
import { isFilled, shapeOf, valueOf } from '../../trace/uses.js';

/** A convolution in NHWC with known shapes, all channels at once, without dilation: what kernels of our own know. */
export interface Convolution {
  /** [batch, height, width, channels], of images and of what the convolution gives. */
  images: number[];
  results: number[];
  /** [height, width, channels, outputs]. */
  kernel: number[];
  /** Down and across. */
  strides: [number, number];
  /** Rows above and columns to the left. */
  padding: [number, number];
}

/**
 * The convolution of a node: one (Conv2D, depthwise or not), or a gradient of one's images or kernel.
 *
 * @returns undefined where it is of another kind
 */
export function convolutionOf(node: Node): Convolution | undefined {
  const [first, second, third] = node.inputs.map(shapeOf);
  const output = node.outputs[0]?.shape ?? undefined;
  const [images, kernel, results] = /BackpropFilter$/.test(node.op)
    ? [first, output, third]
    : /BackpropInput$/.test(node.op)
      ? [output, second, third]
      : [first, second, output];
  const dilations = (valueOf(node, 'dilations') as number[] | undefined) ?? [];
  const isKnown =
    valueOf(node, 'data_format') === 'NHWC' &&
    [images, kernel, results].every((shape) => shape?.length === 4 && isFilled(shape)) &&
    images![3] === kernel![2] &&
    dilations.every((rate) => rate === 1);
  if (!isKnown) return undefined;
  const [, down, across] = valueOf(node, 'strides') as [number, number, number, number];
  const strides: [number, number] = [down, across];
  const before = (axis: 0 | 1): number =>
    paddingBefore(node, axis, {
      side: images![1 + axis]!,
      result: results![1 + axis]!,
      kernel: kernel![axis]!,
      stride: strides[axis],
    });
  return {
    images: images!,
    kernel: kernel!,
    results: results!,
    strides,
    padding: [before(0), before(1)],
  };
}

/** What kernels of our own are told of the sizes of a convolution whose gradient they compute. */
export function sizesOf({ kernel, strides, padding }: Convolution): Attribute[] {
  const [height, width] = kernel as [number, number];
  const [down, across] = strides;
  const [top, left] = padding;
  return integers({ height, width, down, across, top, left });
}

/** Attributes that are integers. */
export function integers(values: Readonly<Record<string, number>>): Attribute[] {
  return Object.entries(values).map(([name, value]) => ({ name, type: TF.int, value }));
}

interface Axis {
  side: number;
  result: number;
  kernel: number;
  stride: number;
}

/** @param axis 0: height, 1: width */
function paddingBefore(node: Node, axis: 0 | 1, { side, result, kernel, stride }: Axis): number {
  switch (valueOf(node, 'padding')) {
    case 'EXPLICIT':
      return (valueOf(node, 'explicit_paddings') as number[])[2 + 2 * axis]!;
    case 'SAME':
      return Math.floor(Math.max(0, (result - 1) * stride + kernel - side) / 2);
    default:
      return 0;
  }
}
