import * as tf from '@tensorflow/tfjs-core';
import { invalid } from '../errors.js';
import { blend, inChunks, scoreImages, type Scorer } from '../explain/index.js';

/**
 * The probability of each image's class while its pixels are replaced step by step: first none, then the first
 * `pixelsPerStep`, at last all. From the image to its in-fill this is the deletion curve, from the in-fill to the
 * image the insertion curve. The copies are made and scored `chunk` at a time.
 *
 * @param from [N, H, W, C], preprocessed: before
 * @param to [N, H, W, C]: after
 * @param places int32 [N, H, W]: at which place each pixel is replaced, from 0
 * @param target int32 [N]
 * @returns [N, ⌈H · W / pixelsPerStep⌉ + 1], in [0, 1]; the caller owns it
 * @throws InvalidInput where pixelsPerStep is not an integer of 1 or more
 * @see Petsiuk, Das & Saenko (2018), "RISE: Randomized Input Sampling for Explanation of Black-box Models"
 */
export function perturbationScores(
  network: Scorer,
  from: tf.Tensor4D,
  to: tf.Tensor4D,
  places: tf.Tensor3D,
  target: tf.Tensor1D,
  { pixelsPerStep, chunk }: { pixelsPerStep: number; chunk: number },
): tf.Tensor2D {
  if (!(Number.isInteger(pixelsPerStep) && pixelsPerStep > 0)) {
    throw invalid('pixelsPerStep', 'an integer, 1 or more', pixelsPerStep);
  }
  const [count, height, width] = from.shape;
  const points = Math.ceil((height * width) / pixelsPerStep) + 1;
  return tf.tidy(() => {
    const scores = inChunks(count * points, chunk, (rows) => {
      const image = tf.floorDiv<tf.Tensor1D>(rows, tf.scalar(points, 'int32'));
      const step = tf.sub(rows, tf.mul(image, tf.scalar(points, 'int32')));
      const turn = tf.reshape(tf.mul(step, tf.scalar(pixelsPerStep, 'int32')), [-1, 1, 1]);
      const replaced = tf.cast(tf.less<tf.Tensor3D>(tf.gather(places, image), turn), 'float32');
      const copies = blend(tf.gather(to, image), tf.gather(from, image), replaced);
      return scoreImages(network, copies, tf.gather(target, image), chunk);
    });
    return tf.reshape<tf.Rank.R2>(scores, [count, points]);
  });
}
