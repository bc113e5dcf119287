import * as tf from '@tensorflow/tfjs-core';
import type { Mixed } from '../../augment/index.js';
import { mixSeeds, random, type Random } from '../../random.js';
import { symmetricBeta } from './beta.js';
import { inside } from './inside.js';

/** How training images are mixed in pairs, after the stage: with both above 0 each image in one of the ways, by chance. */
export interface Mixing {
  /** Alpha of mixup (Zhang et al. 2018): the share that stays is from Beta(alpha, alpha); 0: none. */
  mixup: number;
  /** Alpha of CutMix (Yun et al. 2019): the share of the area that stays is from Beta(alpha, alpha); 0: none. */
  cutmix: number;
}

/** What is drawn for the images of a batch; a type, since compile() looks into it. */
export type MixDraws = {
  /** int32 [N]: for each image another one of the batch; itself in a batch of one. */
  partner: tf.Tensor1D;
  /** float32 [N, 4]: top, left, bottom, right of what the partner shines through, pixels. */
  rectangles: tf.Tensor2D;
  /** float32 [N], in [0, 1]: how much of the partner is seen there: all of it (CutMix), or some (mixup, in the whole image). */
  depth: tf.Tensor1D;
};

/** Whether anything is asked for. */
export function mixes({ mixup, cutmix }: Mixing): boolean {
  return mixup > 0 || cutmix > 0;
}

/**
 * Draws for one batch, each image from a seed of its own. The same seed gives the same. The caller owns the tensors.
 *
 * The partner of an image is the one that stands some places behind it in the batch, as many for all images.
 *
 * @param shape images, height, width of the batch
 */
export function drawMixing(
  { mixup, cutmix }: Mixing,
  [images, height, width]: readonly [number, number, number, ...number[]],
  seed: number,
): MixDraws {
  const forAll = random(mixSeeds(seed, 0x31e));
  const shift = images > 1 ? 1 + Math.floor(forAll() * (images - 1)) : 0;
  const drawn = Array.from({ length: images }, (_, image) => {
    const next = random(mixSeeds(seed, 0x31c, image));
    const cuts = cutmix > 0 && (mixup === 0 || next() < 0.5);
    const share = symmetricBeta(cuts ? cutmix : mixup, next);
    return cuts
      ? { depth: 1, rectangle: patch(share, height, width, next) }
      : { depth: 1 - share, rectangle: [0, 0, height, width] };
  });
  const partner = Int32Array.from({ length: images }, (_, image) => (image + shift) % images);
  return {
    partner: tf.tensor1d(partner, 'int32'),
    rectangles: tf.tensor2d(drawn.map(({ rectangle }) => rectangle), [images, 4]), // prettier-ignore
    depth: tf.tensor1d(drawn.map(({ depth }) => depth)),
  };
}

/**
 * Each image with its partner shining through, and its label mixed by the share that stays.
 *
 * @param images [N, H, W, C], float32
 * @returns images as given, share float32 [N]; the caller owns them, the partner is the one of `draws`
 */
export function mixImages(
  images: tf.Tensor4D,
  { partner, rectangles, depth }: MixDraws,
): { images: tf.Tensor4D; mixed: Mixed } {
  const [, height, width] = images.shape;
  const [seen, share] = tf.tidy(() => {
    const covered = tf.mul(inside(rectangles, [height, width]), tf.reshape(depth, [-1, 1, 1, 1]));
    const others = tf.gather(images, partner);
    return [
      tf.add<tf.Tensor4D>(images, tf.mul(covered, tf.sub(others, images))),
      tf.sub<tf.Tensor1D>(1, tf.mean(covered, [1, 2, 3])),
    ] as const;
  });
  return { images: seen, mixed: { partner, share } };
}

/** A rectangle with the image's shape around a random place, cut at the borders, as the published code of CutMix. */
function patch(share: number, height: number, width: number, next: Random): number[] {
  const side = Math.sqrt(1 - share);
  const [half, halfAcross] = [Math.floor((height * side) / 2), Math.floor((width * side) / 2)];
  const [row, column] = [Math.floor(next() * height), Math.floor(next() * width)];
  return [
    Math.max(0, row - half),
    Math.max(0, column - halfAcross),
    Math.min(height, row + half),
    Math.min(width, column + halfAcross),
  ];
}
