import * as tf from '@tensorflow/tfjs-core';
import { attend, attentionOf } from './attention-parts.js';
import { listOf, shapeOf, SimpleLayer, type LayerArguments, type Shape } from './layer.js';

/**
 * Multi-head self-attention between two dense layers, which have its weights: [N, T, 3D], queries, keys and values of
 * all heads one behind the other, → [N, T, D], softmax(Q·Kᵀ / √d) · V of each head.
 *
 * @see Vaswani et al. (2017), "Attention Is All You Need"
 */
export class SelfAttention extends SimpleLayer {
  static className = 'SelfAttention';
  readonly heads: number;

  constructor(args: NonNullable<LayerArguments> & { heads: number }) {
    super(args);
    this.heads = args.heads;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [x] = listOf(inputs) as [tf.Tensor3D];
    const [count, tokens, width] = x.shape;
    const depth = width / 3 / this.heads;
    return tf.tidy(() => {
      const split = tf.transpose(tf.reshape(x, [count, tokens, 3, this.heads, depth]), [2, 0, 3, 1, 4]);
      const [queries, keys, values] = tf.unstack(split) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
      const scores = tf.matMul(tf.mul(queries, depth ** -0.5), keys, false, true);
      const mixed = tf.matMul(tf.softmax(scores), values);
      return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [count, tokens, width / 3]);
    });
  }

  /** The first half of `call`: whom each token attends to, softmax(Q·Kᵀ / √d), [N, heads, T, T]. */
  attention(x: tf.Tensor3D): tf.Tensor4D {
    return attentionOf(x, this.heads);
  }

  /** The second half: `call`, with this attention [N, heads, T, T] in place of its own. */
  attend(x: tf.Tensor3D, attention: tf.Tensor4D): tf.Tensor3D {
    return attend(x, attention);
  }

  override computeOutputShape(inputShape: Shape): Shape {
    const [count, tokens, width] = shapeOf(inputShape);
    return [count!, tokens!, width! / 3];
  }

  override getConfig() {
    return { ...super.getConfig(), heads: this.heads };
  }
}
