import * as tf from '@tensorflow/tfjs-core';
import type { Kernels } from './kernels.js';

/** Convolutions that tfjs has no layer for, of [N, H, W, C]. */
export const convolve: Kernels = {
  conv: ([x, kernel, bias], { strides, dilations, pads, groups }) => {
    const padded = padding(x as tf.Tensor4D, pads as [number, number][]);
    const count = groups as number;
    const kernels = parts(kernel as tf.Tensor4D, count);
    const inputs = parts(padded, count);
    const outputs = inputs.map((part, group) =>
      dilated(part, kernels[group]!, strides as [number, number], dilations as [number, number]),
    );
    const y = count === 1 ? outputs[0]! : tf.concat(outputs, 3);
    return bias ? tf.add(y, bias) : y;
  },
  // kernel [kh, kw, C out / groups, C in]
  convTranspose: ([x, kernel, bias], { strides, groups, size, crop }) => {
    const count = groups as number;
    const [n] = x!.shape;
    const [height, width] = size as [number, number];
    const kernels = parts(kernel as tf.Tensor4D, count);
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

/** tfjs has no gradient of a dilated convolution: here the kernel itself is spread. */
function dilated(
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  strides: [number, number],
  [down, across]: [number, number],
): tf.Tensor4D {
  const [kh, kw, from, to] = kernel.shape;
  let spread = kernel as tf.Tensor;
  if (down > 1)
    spread = tf.slice(
      tf.reshape(
        tf.pad(tf.reshape(spread, [kh, 1, kw, from * to]), [
          [0, 0],
          [0, down - 1],
          [0, 0],
          [0, 0],
        ]),
        [kh * down, kw, from, to],
      ),
      [0, 0, 0, 0],
      [(kh - 1) * down + 1, -1, -1, -1],
    );
  const height = spread.shape[0];
  if (across > 1)
    spread = tf.slice(
      tf.reshape(
        tf.pad(tf.reshape(spread, [height, kw, 1, from * to]), [
          [0, 0],
          [0, 0],
          [0, across - 1],
          [0, 0],
        ]),
        [height, kw * across, from, to],
      ),
      [0, 0, 0, 0],
      [-1, (kw - 1) * across + 1, -1, -1],
    );
  return tf.conv2d(x, spread as tf.Tensor4D, strides, 'valid');
}
