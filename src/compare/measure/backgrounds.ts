import * as tf from '@tensorflow/tfjs-core';
import { gaussianBlur, type Blur } from '../../explain/index.js';

/** Weight of the mean color where the blur sees next to no background. */
const FAINT = 1e-3;

/**
 * Images without their objects: inside the mask stands the blur of what is outside it (each pixel outside weighted by
 * the Gaussian, those inside not at all), deep inside a large object the mean color of the background. An image that
 * is all object becomes its own mean color.
 *
 * @param images [N, H, W, 3], pixels
 * @param masks [N, H, W], 1 on the object, 0 beside it
 * @returns [N, H, W, 3], finite; the caller owns it
 */
export function withoutObject(images: tf.Tensor4D, masks: tf.Tensor3D, blur: Blur): tf.Tensor4D {
  return tf.tidy(() => {
    const object = tf.expandDims<tf.Tensor4D>(masks, 3);
    const outside = tf.sub<tf.Tensor4D>(1, object);
    const area = tf.sum(outside, [1, 2], true);
    const known = tf.where(tf.greater(area, 0), outside, tf.onesLike(outside));
    const visible = tf.mul<tf.Tensor4D>(images, known);
    const meanColor = tf.div(tf.sum(visible, [1, 2], true), tf.sum(known, [1, 2], true));
    const colors = tf.add(gaussianBlur(tf.mul<tf.Tensor4D>(images, outside), blur), tf.mul(meanColor, FAINT));
    const filling = tf.div(colors, tf.add(gaussianBlur(outside, blur), FAINT));
    return tf.add(tf.mul(images, outside), tf.mul(filling, object));
  });
}
