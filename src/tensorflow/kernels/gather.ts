import * as tf from '@tensorflow/tfjs-core';
import { execute, registerNativeKernel } from './native-kernel.js';
import { attribute } from './native-ops.js';

const DTYPE = { float32: 1, int32: 3, string: 7, complex64: 8, bool: 10 } as const;

/**
 * Replaces the gather kernel of tfjs-node, which reads all indices back to the host to check them: that stalls the
 * device and cannot be traced. TensorFlow checks them itself (on the CPU; on a GPU rows out of range come out as 0).
 */
export function registerGather(): void {
  registerNativeKernel('GatherV2', ({ inputs: { x, indices }, attrs }) => {
    const along = tf.scalar(attrs['axis'] as number, 'int32');
    const attributes = [
      attribute('batch_dims', 'int', attrs['batchDims']),
      attribute('Tparams', 'type', DTYPE[x!.dtype]),
      attribute('Tindices', 'type', DTYPE.int32),
      attribute('Taxis', 'type', DTYPE.int32),
    ];
    const [gathered] = execute('GatherV2', attributes, [x!, indices!, along], 1);
    along.dispose();
    return gathered!;
  });
}
