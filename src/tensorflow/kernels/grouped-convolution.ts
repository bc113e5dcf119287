import * as tf from '@tensorflow/tfjs-core';
import { replaceGradient } from './gradients.js';
import { execute, hasNative, registerNativeKernel, runNative } from './native-kernel.js';
import { attribute, FLOAT_TYPE } from './native-ops.js';

interface Convolution {
  strides: [number, number];
  pad: 'same' | 'valid';
}

/**
 * A convolution in groups: the input channels are cut into as many groups as the kernel's channels go into them, and
 * each group has its share of the outputs. One operation on the native backend, one a group elsewhere. Differentiable
 * once.
 *
 * @param x [N, H, W, C]
 * @param kernel [h, w, C / groups, outputs], the groups' outputs one behind the other
 * @returns [N, H', W', outputs]; the caller owns it
 */
export function groupedConvolution(
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  strides: [number, number],
  pad: 'same' | 'valid',
): tf.Tensor4D {
  const attrs: Convolution = { strides, pad };
  if (hasNative()) return runNative('GroupedConv2D', { x, kernel }, attrs);
  const groups = x.shape[3] / kernel.shape[2];
  return tf.tidy(() => {
    const kernels = tf.split<tf.Tensor4D>(kernel, groups, 3);
    const parts = tf.split<tf.Tensor4D>(x, groups, 3);
    return tf.concat(
      parts.map((part, group) => tf.conv2d(part, kernels[group]!, strides, pad)),
      3,
    );
  });
}

/** The kernels behind `groupedConvolution`: TensorFlow's own convolution takes such kernels, which tfjs refuses. */
export function registerGroupedConvolution(): void {
  registerNativeKernel(
    'GroupedConv2D',
    ({ inputs: { x, kernel }, attrs }) => execute('Conv2D', attributes(attrs), [x!, kernel!], 1)[0]!,
  );
  registerNativeKernel('GroupedConv2DInput', ({ inputs: { kernel, dy }, attrs }) => {
    const sizes = tf.tensor1d(attrs['shape'] as number[], 'int32');
    const [dx] = execute('Conv2DBackpropInput', attributes(attrs), [sizes, kernel!, dy!], 1);
    sizes.dispose();
    return dx!;
  });
  registerNativeKernel('GroupedConv2DKernel', ({ inputs: { x, dy }, attrs }) => {
    const sizes = tf.tensor1d(attrs['shape'] as number[], 'int32');
    const [gradient] = execute('Conv2DBackpropFilter', attributes(attrs), [x!, sizes, dy!], 1);
    sizes.dispose();
    return gradient!;
  });
  replaceGradient({
    kernelName: 'GroupedConv2D',
    inputsToSave: ['x', 'kernel'],
    gradFunc: (dy, [x, kernel], attrs) => ({
      x: () =>
        runNative(
          'GroupedConv2DInput',
          { kernel: kernel!, dy: dy as tf.Tensor },
          { ...attrs, shape: x!.shape },
        ),
      kernel: () =>
        runNative('GroupedConv2DKernel', { x: x!, dy: dy as tf.Tensor }, { ...attrs, shape: kernel!.shape }),
    }),
  });
}

function attributes(attrs: Record<string, unknown>) {
  const { strides, pad } = attrs as unknown as Convolution;
  return [
    FLOAT_TYPE,
    attribute('strides', 'int', [1, ...strides, 1]),
    attribute('padding', 'string', pad.toUpperCase()),
    attribute('data_format', 'string', 'NHWC'),
    attribute('use_cudnn_on_gpu', 'bool', true),
    attribute('dilations', 'int', [1, 1, 1, 1]),
  ];
}
