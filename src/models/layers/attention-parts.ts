import * as tf from '@tensorflow/tfjs-core';

/**
 * Whom each token attends to: softmax(Q·Kᵀ / √d) of each head.
 *
 * @param x [N, T, 3D]: queries, keys and values of all heads one behind the other
 * @returns [N, heads, T, T], rows are queries and sum to 1; the caller owns it
 */
export function attentionOf(x: tf.Tensor3D, heads: number): tf.Tensor4D {
  return tf.tidy(() => {
    const [queries, keys] = [part(x, heads, 0), part(x, heads, 1)];
    const scores = tf.matMul(tf.mul(queries, queries.shape[3] ** -0.5), keys, false, true);
    return tf.softmax(scores as tf.Tensor4D);
  });
}

/**
 * The values that each token attends to, weighed by an attention.
 *
 * @param x [N, T, 3D], as in `attentionOf`
 * @param attention [N, heads, T, T]
 * @returns [N, T, D]; the caller owns it
 */
export function attend(x: tf.Tensor3D, attention: tf.Tensor4D): tf.Tensor3D {
  const [count, tokens, width] = x.shape;
  return tf.tidy(() => {
    const mixed = tf.matMul(attention, part(x, attention.shape[1], 2));
    return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [count, tokens, width / 3]);
  });
}

/** Queries (0), keys (1) or values (2), [N, heads, T, d]. */
function part(x: tf.Tensor3D, heads: number, which: number): tf.Tensor4D {
  const [count, tokens, width] = x.shape;
  const all = tf.slice(x, [0, 0, (which * width) / 3], [-1, -1, width / 3]);
  return tf.transpose(tf.reshape(all, [count, tokens, heads, width / 3 / heads]), [0, 2, 1, 3]);
}
