import * as tf from '@tensorflow/tfjs-core';
import { invalid } from '../errors.js';

/**
 * Bytes in the host's memory, an argument of a compiled function: they travel to the device as bytes, a quarter of
 * what a float or integer tensor takes, and the function sees an int32 tensor.
 */
export interface Pixels {
  pixels: Uint8Array;
  shape: readonly number[];
}

/** Whether a value is bytes in the host's memory with a shape. */
export function isPixels(value: unknown): value is Pixels {
  const candidate = value as Partial<Pixels> | null;
  return candidate?.pixels instanceof Uint8Array && Array.isArray(candidate.shape);
}

/** @throws InvalidInput when the bytes are not as many as the shape says */
export function checkPixels({ pixels, shape }: Pixels): void {
  const size = shape.reduce((product, side) => product * side, 1);
  if (pixels.length !== size)
    throw invalid('pixels', `${size} bytes for the shape [${shape.join()}]`, pixels.length);
}

/**
 * The int32 tensor that a function is given for bytes, on backends that cannot take bytes.
 *
 * @throws InvalidInput when the bytes are not as many as the shape says
 */
export function pixelsToTensor({ pixels, shape }: Pixels): tf.Tensor {
  checkPixels({ pixels, shape });
  return tf.tensor(Int32Array.from(pixels), [...shape], 'int32');
}
