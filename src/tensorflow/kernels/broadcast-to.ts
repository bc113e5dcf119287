import * as tf from '@tensorflow/tfjs-core';
import { execute, registerNativeKernel } from './native-kernel.js';
import { attribute, FLOAT_TYPE } from './native-ops.js';

/** The kernel `BroadcastTo` of float32, which tfjs knows the gradient of, but tfjs-node lacks. */
export function registerBroadcastTo(): void {
  registerNativeKernel('BroadcastTo', ({ inputs: { x }, attrs }) => {
    const shape = tf.tensor1d(attrs['shape'] as number[], 'int32');
    const [spread] = execute('BroadcastTo', [FLOAT_TYPE, attribute('Tidx', 'type', 3)], [x!, shape], 1);
    shape.dispose();
    return spread!;
  });
}
