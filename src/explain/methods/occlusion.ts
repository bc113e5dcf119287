import * as tf from '@tensorflow/tfjs-core';
import { invalid } from '../../errors.js';
import type { Classifier } from '../../models/index.js';
import { chunkSize, classIndices, minMax, scoreCopies, scoreImages, exactProduct } from '../ops/index.js';
import type { CommonOptions, Maps } from '../types.js';
import { saliencyMethod } from '../method.js';
import { integer, number } from '../options.js';

export interface OcclusionOptions extends CommonOptions {
  /** Side of the square that hides a part of the image, pixels; null or left out: an eighth of the shorter side. */
  size?: number | null;
  /** Pixels from one place of the square to the next; null or left out: half its side. */
  stride?: number | null;
  /** What the hidden pixels become, after preprocessing: 0. */
  fill?: number;
}

// Probabilities in float32 are no better than this: without it, min-max would turn rounding into a picture where no
// square makes a difference.
const rounding = 1e-6;

/**
 * Occlusion: how much of the class's probability is lost while a square hides a part of the image; each pixel gets the
 * mean over the squares that hide it. Needs no layer and no gradient. Costs one query and one for each place of the
 * square an image; the last places are moved so that the image is covered to its edges.
 *
 * @param images [N, H, W, C], preprocessed for the network
 * @returns raw [N, H, W], signed; details: `drops` [N, rows, columns], the loss at each place, and `target` int32 [N]
 * @throws InvalidInput when an option is out of its range
 * @see Zeiler & Fergus (2014), "Visualizing and Understanding Convolutional Networks", section 4.2
 */
export const occlusion = saliencyMethod(
  {
    name: 'occlusion',
    title: 'Occlusion',
    reference: 'Zeiler & Fergus (2014), ECCV, arXiv 1311.2901',
    needs: [],
    options: { size: integer(null), stride: integer(null), fill: number(0) },
    cost: (options, { image }) => ({ queries: 2 + occlusionDefaults(image, options).places }),
  },
  (
    classifier: Pick<Classifier, 'logits' | 'probabilities' | 'classes'>,
    images: tf.Tensor4D,
    options: OcclusionOptions,
  ): Maps => {
    const [count, height, width] = images.shape;
    const { size, stride, fill } = occlusionDefaults([height, width], options);
    const chunk = chunkSize(options.chunk, images.shape);
    return tf.tidy(() => {
      const target = classIndices(classifier, images, options.target, chunk);
      const whole = scoreImages(classifier, images, target, chunk);
      const [rows, columns] = [places(height, size, stride), places(width, size, stride)];
      const [vertical, horizontal] = [hidden(rows, height, size), hidden(columns, width, size)];
      const scores = scoreCopies(
        classifier,
        count,
        rows.length * columns.length,
        target,
        chunk,
        (image, place) => {
          const row = tf.floorDiv<tf.Tensor1D>(place, tf.scalar(columns.length, 'int32'));
          const column = tf.sub<tf.Tensor1D>(place, tf.mul(row, tf.scalar(columns.length, 'int32')));
          const tall = tf.reshape(tf.gather(vertical, row), [-1, height, 1, 1]);
          const square = tf.mul(tall, tf.reshape(tf.gather(horizontal, column), [-1, 1, width, 1]));
          return tf.add<tf.Tensor4D>(
            tf.mul(tf.gather(images, image), tf.sub(1, square)),
            tf.mul(square, fill),
          );
        },
      );
      const difference = tf.sub(tf.expandDims(whole, 1), scores);
      const lost = tf.where(tf.greater(tf.abs(difference), rounding), difference, tf.zerosLike(difference));
      const drops = tf.reshape<tf.Rank.R3>(lost, [count, rows.length, columns.length]);
      // Each pixel's mean over the squares that hide it; squares are products, so their sums are matrix products.
      const spread = (values: tf.Tensor3D): tf.Tensor3D => {
        const across = exactProduct(values, tile(horizontal, values.shape[0]));
        return exactProduct<tf.Tensor3D>(tile(vertical, values.shape[0]), across, true);
      };
      const raw = tf.div<tf.Tensor3D>(spread(drops), spread(tf.ones([1, rows.length, columns.length])));
      return { map: minMax(raw), raw, details: { drops, target } };
    });
  },
);

/**
 * The settings that are used where some are left out.
 *
 * @throws InvalidInput when an option is out of its range
 */
export function occlusionDefaults(
  [height, width]: [number, number],
  options: Omit<OcclusionOptions, keyof CommonOptions>,
): { size: number; stride: number; fill: number; places: number } {
  const shorter = Math.min(height, width);
  const { fill = 0 } = options;
  const size = options.size ?? Math.max(1, Math.round(shorter / 8));
  const stride = options.stride ?? Math.max(1, Math.floor(size / 2));
  if (!(Number.isInteger(size) && size > 0 && size <= shorter)) {
    throw invalid('size', `an integer from 1 to ${shorter} (the shorter side)`, size);
  }
  // Further apart, squares would leave pixels between them that nothing hides.
  if (!(Number.isInteger(stride) && stride > 0 && stride <= size)) {
    throw invalid('stride', `an integer from 1 to ${size} (the size)`, stride);
  }
  const count = (length: number) => places(length, size, stride).length;
  return { size, stride, fill, places: count(height) * count(width) };
}

/** Where squares start along a side: every `stride` pixels, and at last where the square ends at the edge. */
function places(length: number, size: number, stride: number): number[] {
  const last = length - size;
  return Array.from({ length: Math.ceil(last / stride) + 1 }, (_, index) => Math.min(last, index * stride));
}

/** [places, length]: 1 where a square that starts there hides the pixel. */
function hidden(starts: number[], length: number, size: number): tf.Tensor2D {
  const rows = starts.map((start) =>
    Array.from({ length }, (_, pixel) => (pixel >= start && pixel < start + size ? 1 : 0)),
  );
  return tf.tensor2d(rows, [starts.length, length]);
}

function tile(matrix: tf.Tensor2D, count: number): tf.Tensor3D {
  return tf.tile(tf.expandDims<tf.Tensor3D>(matrix, 0), [count, 1, 1]);
}
