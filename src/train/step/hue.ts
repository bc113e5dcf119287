import * as tf from '@tensorflow/tfjs-core';

/**
 * Turns the hue of every pixel (in HSV), as adjust_hue of torchvision on float tensors.
 *
 * @param pixels [N, H, W, 3], RGB, 0..255, float32
 * @param turns [N], in turns: −0.5 to 0.5
 * @returns as pixels; the caller owns it
 */
export function shiftHue(pixels: tf.Tensor4D, turns: tf.Tensor1D): tf.Tensor4D {
  return tf.tidy(() => {
    const value = tf.max(pixels, 3, true);
    const chroma = tf.sub(value, tf.min(pixels, 3, true));
    const [r, g, b] = tf.split(pixels, 3, 3) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const safe = tf.where(tf.equal(chroma, 0), tf.onesLike(chroma), chroma);
    const sixth = (one: tf.Tensor, other: tf.Tensor, at: number): tf.Tensor =>
      tf.add(tf.div(tf.sub(one, other), safe), at);
    const rest = tf.where(tf.equal(g, value), sixth(b, r, 2), sixth(r, g, 4));
    const sixths = tf.where(tf.equal(r, value), sixth(g, b, 0), rest);
    const hue = tf.add(sixths, tf.mul(tf.reshape(turns, [-1, 1, 1, 1]), 6));
    // Red, green and blue lie 5, 3 and 1 sixths further; a whole turn more makes them positive.
    const further = tf.mod(tf.add(hue, tf.tensor1d([5 + 6, 3 + 6, 1 + 6])), 6);
    const missing = tf.clipByValue(tf.minimum(further, tf.sub(4, further)), 0, 1);
    return tf.sub<tf.Tensor4D>(value, tf.mul(chroma, missing));
  });
}
