import * as tf from '@tensorflow/tfjs-core';
import type { Batch } from './batch.js';

/** What the backend of tfjs-node offers beside tfjs's own interface. Named here, so that nothing has to import it. */
interface NativeBackend {
  binding: Record<'TF_UINT8' | 'TF_INT32' | 'TF_ATTR_TYPE' | 'TF_ATTR_BOOL', number> & {
    createTensor(shape: readonly number[], dtype: number, values: Uint8Array): number;
    executeOp(name: string, attributes: object[], inputs: number[], outputs: number): object[];
    deleteTensor(id: number): void;
  };
  createOutputTensor(metadata: object): tf.Tensor;
}

/**
 * Brings a batch to the current backend. The native one takes the bytes as they are (a quarter of the memory traffic)
 * and widens them on the device; the batch's array must then stay unchanged.
 *
 * @returns xs int32 [N, H, W, 3] pixels 0..255, ys int32 [N] class indices; the caller owns both
 */
export function upload({ pixels, shape, labels }: Pick<Batch, 'pixels' | 'shape' | 'labels'>): {
  xs: tf.Tensor4D;
  ys: tf.Tensor1D;
} {
  const backend = tf.backend() as unknown as Partial<NativeBackend>;
  const xs = isNative(backend)
    ? uploadBytes(backend, pixels, shape)
    : tf.tensor4d(Int32Array.from(pixels), shape, 'int32');
  return { xs, ys: tf.tensor1d(labels, 'int32') };
}

function isNative(backend: Partial<NativeBackend>): backend is NativeBackend {
  return typeof backend.binding?.executeOp === 'function' && typeof backend.createOutputTensor === 'function';
}

function uploadBytes(backend: NativeBackend, pixels: Uint8Array, shape: Batch['shape']): tf.Tensor4D {
  const { binding } = backend;
  const bytes = binding.createTensor(shape, binding.TF_UINT8, pixels);
  try {
    const attributes = [
      { name: 'SrcT', type: binding.TF_ATTR_TYPE, value: binding.TF_UINT8 },
      { name: 'DstT', type: binding.TF_ATTR_TYPE, value: binding.TF_INT32 },
      { name: 'Truncate', type: binding.TF_ATTR_BOOL, value: false },
    ];
    const [widened] = binding.executeOp('Cast', attributes, [bytes], 1);
    return backend.createOutputTensor(widened!) as tf.Tensor4D;
  } finally {
    binding.deleteTensor(bytes);
  }
}
