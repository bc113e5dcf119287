import * as tf from '@tensorflow/tfjs-core';
import { invalid } from '../errors.js';
import { blend, gaussianBlur, groupCam, lafam, upsample } from '../explain/index.js';
import type { Classifier } from '../models/index.js';
import { binaryMask } from './binary-mask.js';
import type { StageOptions } from './options.js';
import { twoClasses } from './two-classes.js';

/** What the stage makes of N images; n of them were chosen (all of them in `stage`). */
export type Staged = {
  /** [N, H, W, C], float32: salient pixels of the chosen images as they are, the rest blurred. */
  images: tf.Tensor4D;
  /** [n, H, W], float32: the saliency map before any normalisation. */
  map: tf.Tensor3D;
  /** [n, H, W], float32, 0 or 1: the pixels above the threshold. */
  mask: tf.Tensor3D;
  /** [n], bool: the mask is empty (no group adds to the score); such an image stays as it is. */
  zero: tf.Tensor1D;
};

/**
 * The online stage: where is the evidence for the class, and the image with everything else blurred
 * (design: gradient-free Group-CAM, binary mask, Eq. 5).
 *
 * Pure tensor code on the network's current weights: no random choice, no value is read, so compile() can trace it,
 * also as a part of a training step. Call it outside of the function whose gradient is taken: a mask has none.
 *
 * @param images [N, H, W, C], preprocessed for the network
 * @param labels int32 [N], class indices (0 or 1 for a network with one output unit); null with target 'prediction'
 * @param options complete and checked, see stageOptions
 * @returns the caller owns all four tensors
 * @throws InvalidInput when there are more groups than channels, or labels are needed and missing
 */
export function stage(
  classifier: Classifier,
  images: tf.Tensor4D,
  labels: tf.Tensor1D | null,
  options: StageOptions,
): Staged {
  return tf.tidy(() => {
    const map = saliency(twoClasses(classifier), images, labels, options);
    const mask = binaryMask(map, options.threshold);
    const zero = tf.equal<tf.Tensor1D>(tf.max(mask, [1, 2]), 0);
    return { images: blurOutside(images, { mask, zero }, options), map, mask, zero };
  });
}

/**
 * Images with everything outside of their masks blurred; one whose mask is empty stays as it is (Eq. 5).
 *
 * @param images [N, H, W, C], float32: those that were staged, or the same before preprocessing
 * @returns [N, H, W, C]; the caller owns it
 */
export function blurOutside(
  images: tf.Tensor4D,
  { mask, zero }: Pick<Staged, 'mask' | 'zero'>,
  { blur }: Pick<StageOptions, 'blur'>,
): tf.Tensor4D {
  return tf.tidy(() => {
    const kept = tf.maximum<tf.Tensor3D>(mask, tf.reshape(tf.cast(zero, 'float32'), [-1, 1, 1]));
    return blend(images, gaussianBlur(images, blur), kept);
  });
}

/**
 * The stage on some images of a batch; the others stay as they are and cost nothing.
 *
 * @param chosen int32 [n], indices of the images, each at most once, n from 1 to N
 */
export function stageSome(
  classifier: Classifier,
  images: tf.Tensor4D,
  labels: tf.Tensor1D | null,
  chosen: tf.Tensor1D,
  options: StageOptions,
): Staged {
  const [count] = images.shape;
  return tf.tidy(() => {
    const some = stage(classifier, tf.gather(images, chosen), labels && tf.gather(labels, chosen), options);
    return { ...some, images: putBack(images, some.images, chosen, count) };
  });
}

/** The images, those with an index in `chosen` replaced. */
function putBack(
  images: tf.Tensor4D,
  replacements: tf.Tensor4D,
  chosen: tf.Tensor1D,
  count: number,
): tf.Tensor4D {
  const all = tf.range(0, count, 1, 'int32');
  // [n, N]: whether replacement i stands for image j.
  const places = tf.equal(tf.expandDims(chosen, 1), all);
  const positions = tf.range(count, count + chosen.shape[0], 1, 'int32');
  const replacement = tf.sum(tf.mul(tf.cast(places, 'int32'), tf.expandDims(positions, 1)), 0);
  const rows = tf.where(tf.any(places, 0), replacement, all);
  return tf.gather(tf.concat([images, replacements]), rows);
}

/** [N, H, W]: the map that the mask is cut from. */
function saliency(
  classifier: Classifier,
  images: tf.Tensor4D,
  labels: tf.Tensor1D | null,
  { method, groups, blur, target, chunk, scoringScale }: StageOptions,
): tf.Tensor3D {
  const [, height, width] = images.shape;
  if (method === 'lafam') return upsample(lafam(classifier, images).raw, [height, width]);
  if (target === 'label' && !labels) throw invalid('labels', 'a class index for each image', labels);
  return groupCam(withChannels(classifier, groups), images, {
    profile: 'gradient-free',
    target: target === 'label' ? labels! : 'predicted',
    groups,
    blur,
    chunk,
    scoringScale,
  }).raw;
}

/** The same network; complains when its target layer has fewer channels than there are groups. */
function withChannels(classifier: Classifier, groups: number): Classifier {
  const activations = (images: tf.Tensor4D): tf.Tensor4D => {
    const result = classifier.activations(images);
    const channels = result.shape[3];
    if (groups <= channels) return result;
    const expected = `an integer from 1 to ${channels} (the channels of ${classifier.layer})`;
    throw invalid('stage.groups', expected, groups);
  };
  return { ...classifier, activations };
}
