import * as tf from '@tensorflow/tfjs-core';
import { gelu, layerNorm } from '../../src/tensorflow/index.js';

/** Sides of a block. */
export interface BlockSize {
  /** Numbers in a token. */
  width: number;
  heads: number;
  /** Hidden numbers of the perceptron. */
  hidden: number;
}

/** Weights of a block, by name. */
export type BlockWeights = Record<
  'norm1' | 'shift1' | 'qkv' | 'qkvBias' | 'out' | 'outBias' | 'norm2' | 'shift2' | 'up' | 'upBias' | 'down' | 'downBias', // prettier-ignore
  tf.Variable
>;

/** The block of ViT-S, whose pictures have 197 tokens. */
export const VIT_S: BlockSize = { width: 384, heads: 6, hidden: 1536 };

const EPSILON = 1e-6;

/**
 * The weights of a new block.
 *
 * @param draw values of a weight matrix [from, to]
 */
export function blockWeights(
  { width, hidden }: BlockSize,
  draw: (shape: [number, number]) => tf.Tensor,
): BlockWeights {
  const matrix = (from: number, to: number): tf.Variable => tf.tidy(() => tf.variable(draw([from, to])));
  const vector = (length: number, value = 0): tf.Variable =>
    tf.tidy(() => tf.variable(tf.fill([length], value)));
  return {
    norm1: vector(width, 1),
    shift1: vector(width),
    qkv: matrix(width, 3 * width),
    qkvBias: vector(3 * width),
    out: matrix(width, width),
    outBias: vector(width),
    norm2: vector(width, 1),
    shift2: vector(width),
    up: matrix(width, hidden),
    upBias: vector(hidden),
    down: matrix(hidden, width),
    downBias: vector(width),
  };
}

/**
 * A transformer block that normalizes first: attention, then a perceptron with GELU, each added to what comes in.
 *
 * @param tokens [N, T, width]
 * @returns [N, T, width]
 * @see Dosovitskiy et al. (2021), "An Image is Worth 16x16 Words"
 */
export function block(tokens: tf.Tensor3D, size: BlockSize, weights: BlockWeights): tf.Tensor3D {
  const [count, length, width] = tokens.shape;
  return tf.tidy(() => {
    // Tokens in rows: a product of two matrices, where a product of stacks would be one for each picture.
    const rows = tf.reshape<tf.Rank.R2>(tokens, [count * length, width]);
    const seen = tf.add<tf.Tensor2D>(rows, attention(rows, length, size, weights));
    const hidden = gelu(
      dense(layerNorm(seen, EPSILON, weights.norm2, weights.shift2), weights.up, weights.upBias),
    );
    const result = tf.add(seen, dense(hidden, weights.down, weights.downBias));
    return tf.reshape(result, [count, length, width]);
  });
}

/** @param rows [N·T, width] */
function attention(
  rows: tf.Tensor2D,
  length: number,
  { width, heads }: BlockSize,
  weights: BlockWeights,
): tf.Tensor2D {
  const depth = width / heads;
  const all = dense(layerNorm(rows, EPSILON, weights.norm1, weights.shift1), weights.qkv, weights.qkvBias);
  const split = tf.transpose(tf.reshape(all, [-1, length, 3, heads, depth]), [2, 0, 3, 1, 4]);
  const [query, key, value] = tf.unstack(split) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
  // A query has fewer numbers than its scores.
  const scores = tf.matMul(tf.mul(query, 1 / Math.sqrt(depth)), key, false, true);
  const seen = tf.transpose(tf.matMul(tf.softmax(scores), value), [0, 2, 1, 3]);
  return dense(tf.reshape(seen, [-1, width]), weights.out, weights.outBias);
}

function dense(rows: tf.Tensor2D, weights: tf.Variable, bias: tf.Variable): tf.Tensor2D {
  return tf.add(tf.matMul(rows, weights as unknown as tf.Tensor2D), bias);
}
