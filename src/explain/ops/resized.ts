import * as tf from '@tensorflow/tfjs-core';

/**
 * Images at a share of their height and width (bilinear, rounded to pixels, one at least).
 *
 * @param images [N, H, W, C]
 * @param scale above 0, up to 1; 1 gives the images as they are
 * @returns [N, h, w, C]; the caller owns it
 */
export function resized(images: tf.Tensor4D, scale: number): tf.Tensor4D {
  if (scale === 1) return images.clone();
  const [, height, width] = images.shape;
  const size = [height, width].map((side) => Math.max(1, Math.round(side * scale))) as [number, number];
  return tf.image.resizeBilinear(images, size, false, true);
}
