import * as tf from '@tensorflow/tfjs-core';
import { groupedConvolution } from '../../../../tensorflow/index.js';
import type { Kernels } from './kernels.js';

/** Convolutions that tfjs has no layer for, of [N, H, W, C]. */
export const convolve: Kernels = {
  conv: ([x, kernel, bias], { strides, dilations, pads, groups }) => {
    const padded = padding(x as tf.Tensor4D, pads as [number, number][]);
    const wide = spread(kernel as tf.Tensor4D, dilations as [number, number]);
    const convolution = groups === 1 ? tf.conv2d : groupedConvolution;
    const y = convolution(padded, wide, strides as [number, number], 'valid');
    return bias ? tf.add(y, bias) : y;
  },
  // kernel [kh, kw, C, multiplier]
  depthwiseConv: ([x, kernel, bias], { strides, dilations, pads }) => {
    const padded = padding(x as tf.Tensor4D, pads as [number, number][]);
    const wide = spread(kernel as tf.Tensor4D, dilations as [number, number]);
    const y = tf.depthwiseConv2d(padded, wide, strides as [number, number], 'valid');
    return bias ? tf.add(y, bias) : y;
  },
  // kernel [kh, kw, C out / groups, C in]
  convTranspose: ([x, kernel, bias], { strides, dilations, groups, size, crop }) => {
    const count = groups as number;
    const [n] = x!.shape;
    const [height, width] = size as [number, number];
    const wide = spread(kernel as tf.Tensor4D, (dilations ?? [1, 1]) as [number, number]);
    const kernels = parts(wide, count);
    const inputs = parts(x as tf.Tensor4D, count);
    const outputs = inputs.map((part, group) =>
      tf.conv2dTranspose(
        part,
        kernels[group]!,
        [n, height, width, kernels[group]!.shape[2]],
        strides as [number, number],
        'valid',
      ),
    );
    const whole = count === 1 ? outputs[0]! : tf.concat(outputs, 3);
    const [top, left, h, w] = crop as [number, number, number, number];
    const y = h === height && w === width ? whole : tf.slice(whole, [0, top, left, 0], [-1, h, w, -1]);
    return bias ? tf.add(y, bias) : y;
  },
};

// The gradient of a split into one is not known to tfjs.
function parts(x: tf.Tensor4D, count: number): tf.Tensor4D[] {
  return count === 1 ? [x] : tf.split(x, count, 3);
}

function padding(x: tf.Tensor4D, pads: [number, number][]): tf.Tensor4D {
  return pads.every(([before, after]) => before + after === 0) ? x : tf.pad(x, pads);
}

/** tfjs has no gradient of a dilated convolution: here the kernel itself is spread, with zeros between its values. */
function spread(kernel: tf.Tensor4D, [down, across]: [number, number]): tf.Tensor4D {
  return spreadAlong(spreadAlong(kernel, 0, down), 1, across);
}

function spreadAlong(kernel: tf.Tensor4D, axis: 0 | 1, dilation: number): tf.Tensor4D {
  if (dilation === 1) return kernel;
  const shape: number[] = [...kernel.shape];
  const size = shape[axis]!;
  const apart = tf.reshape(kernel, [...shape.slice(0, axis + 1), 1, ...shape.slice(axis + 1)]);
  const gaps = apart.shape.map((_, at): [number, number] => [0, at === axis + 1 ? dilation - 1 : 0]);
  shape[axis] = size * dilation;
  const spread = tf.reshape(tf.pad(apart, gaps), shape);
  shape[axis] = (size - 1) * dilation + 1;
  return tf.slice(spread, [0, 0, 0, 0], shape) as tf.Tensor4D;
}
