import type * as tf from '@tensorflow/tfjs-core';
import type { Attributes } from '../../values.js';

/** A pure function of tensors; its gradient is that of the operations it is made of. */
export type Kernel = (inputs: tf.Tensor[], attributes: Attributes) => tf.Tensor;
export type Kernels = Record<string, Kernel>;
