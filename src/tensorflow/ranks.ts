import type * as tf from '@tensorflow/tfjs-core';

/** How tensors are reduced over the ranks. */
export interface ReduceOptions {
  /**
   * Number format on the wire, default 'float32'. In 'bfloat16' half as many bytes travel, and sums are rounded to 8 bits
   * wherever they set out (where TensorFlow's collectives reduce: formed in it).
   */
  wire?: 'float32' | 'bfloat16';
  /**
   * Tensors travel together until they have so many elements, default 1,048,576. (Where TensorFlow's collectives reduce,
   * those of half as many travel by themselves, and those of four times as many are cut.)
   */
  bucket?: number;
}

/**
 * What a computation may do together with other processes that compute the same: the ranks of a group. Every rank has
 * to call the same functions in the same order, with tensors of the same shapes; a rank that does not leaves the others
 * waiting. Inside compile() the communication becomes a part of the graph.
 */
export interface Ranks {
  /** Number of ranks. */
  readonly size: number;
  /**
   * Sum of each tensor over the ranks, the same bits on every rank.
   *
   * @param tensors float32, any shapes; in the order of the forward pass where they are its gradients: buckets are
   *   filled from the last one on, as the backward pass makes them, so that reducing overlaps it
   * @returns one for each tensor, of its shape; the caller owns them
   */
  sum(tensors: readonly tf.Tensor[], options?: ReduceOptions): tf.Tensor[];
  /** Mean of each tensor over the ranks; otherwise as `sum`. */
  mean(tensors: readonly tf.Tensor[], options?: ReduceOptions): tf.Tensor[];
  /**
   * The tensors of all ranks, in the order of ranks.
   *
   * @param tensor [...shape] float32
   * @returns [size, ...shape]; the caller owns it
   */
  stack(tensor: tf.Tensor): tf.Tensor;
}
