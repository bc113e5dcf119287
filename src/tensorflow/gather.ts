import * as tf from '@tensorflow/tfjs-core';
import { attribute, rawOperations } from './native-ops.js';

const DTYPE = { float32: 1, int32: 3, string: 7, complex64: 8, bool: 10 } as const;

/**
 * Replaces the gather kernel of tfjs-node, which reads all indices back to the host to check them: that stalls the
 * device and cannot be traced. TensorFlow checks them itself (on the CPU; on a GPU rows out of range come out as 0).
 */
export function registerGather(): void {
  tf.unregisterKernel('GatherV2', 'tensorflow');
  tf.registerKernel({
    kernelName: 'GatherV2',
    backendName: 'tensorflow',
    kernelFunc: ({ inputs, attrs }) => {
      const { x, indices } = inputs as { x: tf.Tensor; indices: tf.Tensor };
      const { axis, batchDims } = attrs as { axis: number; batchDims: number };
      const along = tf.scalar(axis, 'int32');
      const attributes = [
        attribute('batch_dims', 'int', batchDims),
        attribute('Tparams', 'type', DTYPE[x.dtype]),
        attribute('Tindices', 'type', DTYPE.int32),
        attribute('Taxis', 'type', DTYPE.int32),
      ];
      const [gathered] = rawOperations()!.executeMultipleOutputs(
        'GatherV2',
        attributes,
        [x, indices, along],
        1,
      );
      along.dispose();
      return gathered!;
    },
  });
}
