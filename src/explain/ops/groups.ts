import * as tf from '@tensorflow/tfjs-core';
import { exactProduct } from './exact-product.js';
import { inChunks } from './chunks.js';
import { extremes, minMax, rescale } from './min-max.js';
import { percentile } from './percentile.js';
import { upsample } from './upsample.js';

/**
 * Sizes of the groups into which K adjacent channels are split.
 *
 * - 'even' (the paper): always G groups whose sizes differ by one at most, the larger ones first, as
 *   numpy.array_split; groups beyond K are empty.
 * - 'full' (the authors' code): groups of ceil(K / G) channels, the last one shorter, as torch.chunk; this may give
 *   fewer groups than G.
 */
export function groupSizes(channels: number, groups: number, split: 'even' | 'full' = 'even'): number[] {
  if (split === 'even') {
    const [size, larger] = [Math.floor(channels / groups), channels % groups];
    return Array.from({ length: groups }, (_, group) => size + (group < larger ? 1 : 0));
  }
  const size = Math.ceil(channels / groups);
  return Array.from({ length: Math.ceil(channels / size) }, (_, group) =>
    Math.min(size, channels - group * size),
  );
}

/**
 * ReLU of the sum of each group's channels, weighted or not (Eq. 2).
 *
 * @param activations [N, h, w, K]
 * @param weights importance of each channel [N, K], or null for all ones
 * @param sizes channels of each group, of sum K; an empty group gives 0
 * @returns [N, G, h, w]; the caller owns it
 */
export function groupSums(
  activations: tf.Tensor4D,
  weights: tf.Tensor2D | null,
  sizes: number[],
): tf.Tensor4D {
  return tf.tidy(() => {
    const membership = tf.tensor2d(memberships(sizes), [activations.shape[3], sizes.length]);
    return memberSums(activations, weights, tf.expandDims(membership, 0));
  });
}

/**
 * ReLU of the sum of each group's channels, weighted or not, for groups of any channels.
 *
 * @param activations [N, h, w, K]
 * @param weights importance of each channel [N, K], or null for all ones
 * @param membership [N, K, G], or [1, K, G] for all images: 1 where the channel is in the group, else 0
 * @returns [N, G, h, w]; the caller owns it
 */
export function memberSums(
  activations: tf.Tensor4D,
  weights: tf.Tensor2D | null,
  membership: tf.Tensor3D,
): tf.Tensor4D {
  const [count, height, width, channels] = activations.shape;
  const [sets, , groups] = membership.shape;
  return tf.tidy(() => {
    const weighted = weights
      ? tf.mul(activations, tf.reshape(weights, [count, 1, 1, channels]))
      : activations;
    const flat = tf.reshape<tf.Rank.R3>(weighted, [sets, (count / sets) * height * width, channels]);
    const sums = tf.reshape<tf.Rank.R4>(exactProduct(flat, membership), [count, height, width, groups]);
    return tf.transpose(tf.relu(sums), [0, 3, 1, 2]);
  });
}

/** [K, G] in row-major order: 1 where the channel is in the group, else 0. */
function memberships(sizes: number[]): Float32Array {
  const owners = sizes.flatMap((size, group) => new Array<number>(size).fill(group));
  const matrix = new Float32Array(owners.length * sizes.length);
  owners.forEach((group, channel) => (matrix[channel * sizes.length + group] = 1));
  return matrix;
}

/**
 * De-noising (Eq. 3): values that are not above the theta-th percentile of their map become 0.
 *
 * @param maps [..., h, w]
 * @param theta percentile, 0 to 100
 * @returns same shape; the caller owns it
 */
export function denoise<T extends tf.Tensor>(maps: T, theta: number): T {
  return tf.tidy(() => tf.mul<T>(maps, tf.cast(tf.greater(maps, percentile(maps, theta)), 'float32')));
}

/** How group masks are made out of group sums. */
export interface GroupMaskOptions {
  /** Percentile below which values count as noise, 0 to 100; null keeps all. */
  theta: number | null;
  /**
   * 'normalize-first' (Algorithm 1): min-max at the layer's resolution, then upsampling.
   * 'upsample-first' (the authors' code): the upsampled mask spans [0, 1] exactly.
   */
  order: 'normalize-first' | 'upsample-first';
  /** [H, W] of the images. */
  size: [number, number];
  /** The most full-size masks held at once (matters for 'upsample-first' alone). */
  chunk: number;
}

/**
 * The initial masks of Group-CAM at the target layer's resolution: group sums, de-noised and normalized so that
 * `upsample(masks, size)` is in [0, 1]. Bilinear upsampling keeps sums and scales, so the masks stay small until they
 * are applied, whatever the order. A constant or empty group gives a mask of 0.
 *
 * @param activations [N, h, w, K]
 * @param weights importance of each channel [N, K], or null for all ones
 * @param sizes channels of each group, of sum K
 * @returns [N, G, h, w]; the caller owns it
 */
export function groupMasks(
  activations: tf.Tensor4D,
  weights: tf.Tensor2D | null,
  sizes: number[],
  options: GroupMaskOptions,
): tf.Tensor4D {
  return tf.tidy(() => masksOfSums(groupSums(activations, weights, sizes), options));
}

/**
 * The second half of `groupMasks`: group sums, de-noised and normalized.
 *
 * @param sums [N, G, h, w], ≥ 0
 * @returns [N, G, h, w]; the caller owns it
 */
export function masksOfSums(sums: tf.Tensor4D, { theta, order, size, chunk }: GroupMaskOptions): tf.Tensor4D {
  return tf.tidy(() => {
    const clean = theta === null ? sums : denoise(sums, theta);
    return order === 'normalize-first' ? minMax(clean) : spanning(clean, size, chunk);
  });
}

/**
 * Maps scaled so that, upsampled, each spans [0, 1] exactly. Bilinear upsampling keeps scales, so they stay small: only
 * their extremes are looked for at full size, for `chunk` maps at a time. A constant map becomes all 0.
 *
 * @param maps [N, G, h, w]
 * @param size [H, W] of the images
 * @param chunk the most full-size maps held at once
 * @returns [N, G, h, w]; the caller owns it
 */
export function spanning(maps: tf.Tensor4D, size: [number, number], chunk: number): tf.Tensor4D {
  const [count, groups, height, width] = maps.shape;
  return tf.tidy(() => {
    const flat = tf.reshape(maps, [count * groups, height, width]);
    const bounds = inChunks(count * groups, chunk, (rows) => {
      const { low, high } = extremes(upsample(tf.gather(flat, rows), size));
      return tf.concat([low, high], 2);
    });
    const [low, high] = tf.split(tf.reshape(bounds, [count, groups, 1, 2]), 2, 3) as [tf.Tensor, tf.Tensor];
    return rescale(maps, low, high);
  });
}
