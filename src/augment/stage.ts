import * as tf from '@tensorflow/tfjs-core';
import { invalid } from '../errors.js';
import { blend as blended, minMax } from '../explain/index.js';
import type { Classifier } from '../models/index.js';
import { inScoringPrecision } from './scoring-precision.js';
import { binaryMask } from './binary-mask.js';
import { blends, type Blend } from './blends/index.js';
import { noRandomInputs } from './random-inputs.js';
import { type MapInputs, mapSources } from './maps/index.js';
import type { RandomInputs, StageOptions } from './types.js';
import { replacer } from './replace.js';
import { twoClasses } from './two-classes.js';

/** What the stage makes of N images; n of them were chosen (all of them in `stage`). */
export type Staged = {
  /** [N, H, W, C], float32: the chosen images where their mask is 1, what the blend puts there where it is 0. */
  images: tf.Tensor4D;
  /** [n, H, W], float32: the map before any normalization (of the other image, with blend saliency-mix). */
  map: tf.Tensor3D;
  /** [n, H, W], float32, in [0, 1]: the share of each pixel that stays. 0 everywhere for an image that stays whole. */
  mask: tf.Tensor3D;
  /** [n], bool: nothing is salient (no group adds to the score, no box); such an image stays as it is. */
  zero: tf.Tensor1D;
  /** Only where the blend mixes labels. */
  mixed?: Mixed;
};

/** Mixed labels: `share` of an image's own label, the rest of its partner's. */
export type Mixed = {
  /** int32 [N]: an image of the batch; the image itself where nothing was mixed. */
  partner: tf.Tensor1D;
  /** float32 [N], in [0, 1]; 1 where nothing was mixed. */
  share: tf.Tensor1D;
};

/** What the stage needs beside images and labels, where the options ask for it. */
export interface StageInputs {
  /** See randomInputsMaker. */
  randomInputs?: Partial<RandomInputs>;
  /** int32 or float32 [N, H, W], 1 inside of an annotated box: for method boxes. */
  boxes?: tf.Tensor3D | null;
}

/**
 * The online stage: where is the evidence for the class, and the image with everything else blurred
 * (design: gradient-free Group-CAM, binary mask, Eq. 5), or what method and blend make of it.
 *
 * Pure tensor code on the network's current weights: what is random comes in as `randomInputs`, no value is read, so
 * compile() can trace it, also as a part of a training step. Call it outside of the function whose gradient is taken: a
 * mask has none.
 *
 * @param images [N, H, W, C], preprocessed for the network
 * @param labels int32 [N], class indices (0 or 1 for a network with one output unit); null with target 'prediction'
 * @param options complete and checked, see stageOptions
 * @returns the caller owns all tensors
 * @throws InvalidInput when there are more groups than channels, or labels, random inputs or boxes are needed and missing
 */
export function stage(
  classifier: Classifier,
  images: tf.Tensor4D,
  labels: tf.Tensor1D | null,
  options: StageOptions,
  inputs: StageInputs = {},
): Staged {
  return tf.tidy(() => staged(classifier, images, labels, null, options, inputs));
}

/**
 * The stage on some images of a batch; the others stay as they are and cost nothing.
 *
 * @param chosen int32 [n], indices of the images, each at most once, n from 1 to N
 * @param inputs random inputs for the n images, boxes of all N
 */
export function stageSome(
  classifier: Classifier,
  images: tf.Tensor4D,
  labels: tf.Tensor1D | null,
  chosen: tf.Tensor1D,
  options: StageOptions,
  inputs: StageInputs = {},
): Staged {
  return tf.tidy(() => {
    const { mixed, ...some } = staged(classifier, images, labels, chosen, options, inputs);
    const [count] = images.shape;
    const replace = replacer(chosen, count);
    return {
      ...some,
      images: replace(images, some.images),
      ...(mixed && {
        mixed: {
          partner: replace(tf.range(0, count, 1, 'int32'), mixed.partner),
          share: replace(tf.ones<tf.Rank.R1>([count]), mixed.share),
        },
      }),
    };
  });
}

/** The stage on the chosen images, or on all where `chosen` is null: everything in the result is theirs alone. */
function staged(
  classifier: Classifier,
  batch: tf.Tensor4D,
  labels: tf.Tensor1D | null,
  chosen: tf.Tensor1D | null,
  options: StageOptions,
  { randomInputs = noRandomInputs, boxes = null }: StageInputs,
): Staged {
  const { partner, numbers, field, stranger, shift } = randomInputs;
  const blend = blends[options.blend];
  const of = <T extends tf.Tensor>(all: T, which: tf.Tensor1D | null | undefined): T =>
    which ? tf.gather(all, which) : all;
  if (blend.wantsOther && !partner) {
    throw invalid(
      'randomInputs.partner',
      `another image for each where stage.blend is ${options.blend}`,
      partner,
    );
  }
  const images = of(batch, chosen);
  const others = blend.wantsOther ? of(batch, partner) : null;
  const looked = lookedAt(blend, options, { partner, stranger, chosen });
  const { map, salient, zero } = find(blend, {
    classifier: inScoringPrecision(options.scoringPrecision, twoClasses(classifier)),
    images: looked === chosen ? images : looked === partner ? others! : of(batch, looked),
    labels: labels && of(labels, looked),
    boxes: boxes && of(boxes, looked),
    field,
    shift,
    options,
  });
  const { kept, fill } = blend.make({ images, others, salient, numbers, options });
  const whole = tf.reshape(tf.cast(zero, 'float32'), [-1, 1, 1]);
  const stays = tf.maximum<tf.Tensor3D>(kept, whole);
  return {
    images: blended(images, fill, stays),
    map,
    mask: tf.mul(kept, tf.sub(1, whole)),
    zero,
    ...(blend.mixesLabels && { mixed: { partner: partner!, share: tf.mean(stays, [1, 2]) } }),
  };
}

/** Which images of the batch the maps are made of. */
function lookedAt(
  { map }: Pick<Blend, 'map'>,
  { method }: StageOptions,
  {
    partner,
    stranger,
    chosen,
  }: Record<'partner' | 'stranger', tf.Tensor1D | undefined> & {
    chosen: tf.Tensor1D | null;
  },
): tf.Tensor1D | null | undefined {
  if (map === 'other') return partner;
  if (map === 'none' || mapSources[method].needs !== 'stranger') return chosen;
  if (!stranger)
    throw invalid(
      'randomInputs.stranger',
      `another image for each where stage.method is ${method}`,
      stranger,
    );
  return stranger;
}

/** The map, what of it is salient [n, H, W] in [0, 1], and for which images that is nothing. */
function find(
  { map: wanted, salient: form }: { map: string; salient: 'cut' | 'graded' },
  inputs: MapInputs,
): { map: tf.Tensor3D; salient: tf.Tensor3D; zero: tf.Tensor1D } {
  const source = mapSources[wanted === 'none' ? 'none' : inputs.options.method];
  const { map, mask } = source.find(inputs);
  const salient = form === 'graded' ? minMax(map) : (mask ?? binaryMask(map, inputs.options.threshold));
  const empty = tf.equal<tf.Tensor1D>(tf.max(salient, [1, 2]), 0);
  return { map, salient, zero: source.emptyIsMeant ? tf.zerosLike(empty) : empty };
}
