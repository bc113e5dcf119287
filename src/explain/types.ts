import type * as tf from '@tensorflow/tfjs-core';

/**
 * What a method returns for N images. The caller owns every tensor.
 *
 * - `map` [N, H, W], float32: the raw map brought to the size of the images and min-max normalized to [0, 1] per
 *   image; a constant map is all 0.
 * - `raw` [N, h, w] or [N, H, W], float32: before that, at the target layer's resolution or at the images', as the
 *   method says.
 * - `details`: what else the method computed on its way (scores, masks), by name.
 */
export type Maps = { map: tf.Tensor3D; raw: tf.Tensor3D; details: Record<string, tf.Tensor> };

/**
 * Which class of each image a method explains: one index for all images, an index for each (int32 [N] as a tensor),
 * or the class that the network predicts for each.
 */
export type Target = 'predicted' | number | number[] | Int32Array | tf.Tensor1D;

/** What every method takes. */
export interface CommonOptions {
  /** Which class is explained, 'predicted' by default. */
  target?: Target;
  /** The most images (or altered copies of them) in the network at once; by default as the image size allows. */
  chunk?: number;
}

/** What a method asks of the network beside its scores. */
export type Need =
  'target layer' | 'head gradient' | 'image gradient' | 'pooling and linear layer' | 'attention';
