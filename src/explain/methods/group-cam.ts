import * as tf from '@tensorflow/tfjs-core';
import { invalid } from '../../errors.js';
import type { Classifier } from '../../models/index.js';
import {
  channelWeights,
  chunkSize,
  classIndicesBehind,
  defaultBlur,
  gains,
  gaussianBlur,
  groupMasks,
  groupSizes,
  minMax,
  resized,
  scoreMasked,
  splitInChunks,
  upsample,
  type Blur,
  type GradientOf,
  type GroupMaskOptions,
  type Scorer,
} from '../ops/index.js';
import type { Maps, Target } from '../types.js';
import { saliencyMethod, type SetRequired } from '../method.js';
import { checkedByMethod, integer, oneOf, percentile, share } from '../options.js';

/** The published forms of Group-CAM; see `groupCamProfiles`. */
export type GroupCamProfile = 'paper' | 'reference' | 'gradient-free';

/** Everything that may be set; what is left out comes from the profile. */
export interface GroupCamOptions {
  /** 'paper' by default. */
  profile?: GroupCamProfile;
  /** Which class is explained, 'predicted' by default. */
  target?: Target;
  /** Number of groups G, 1 or more: 32, gradient-free 16. */
  groups?: number;
  /** Percentile for de-noising, 0 to 100, or null for none: 70, gradient-free null. */
  theta?: number | null;
  /** Which comes first, min-max or upsampling of a mask. */
  order?: GroupMaskOptions['order'];
  /** The score whose gradient weighs the channels: the logit. Unused when gradient-free. */
  gradientOf?: GradientOf;
  /** The blur that makes the baseline: 51 taps, sigma 50. */
  blur?: Blur;
  /** The most masked copies in the network at once; by default as the image size allows (32 at 224 px). */
  chunk?: number;
  /**
   * Masked copies are scored at this share of the images' height and width, 0 to 1 (1 is exact). At 0.5 a query costs
   * a quarter; the network must take images of that size.
   */
  scoringScale?: number;
}

/** What a profile fixes: weights of the channels, how channels are split, and the defaults. */
const profiles = {
  /** The paper's equations and Algorithm 1. */
  paper: { weighted: true, split: 'even', groups: 32, theta: 70, order: 'normalize-first' },
  /** The authors' published code: groups of ceil(K / G) channels, masks upsampled before min-max. */
  reference: { weighted: true, split: 'full', groups: 32, theta: 70, order: 'upsample-first' },
  /** The variant for training (section 5): all channel weights 1, no de-noising. */
  'gradient-free': { weighted: false, split: 'even', groups: 16, theta: null, order: 'normalize-first' },
} as const;

/**
 * Group-CAM: sums of adjacent channels as masks, each weighted by what it adds to the class's probability over a
 * blurred image.
 *
 * Costs one forward pass, (gradient) one pass through the head and back, and G + 1 queries an image. An empty or
 * constant group counts 0; where no group adds to the score the map is 0 everywhere. Call it outside of a gradient
 * tape (its masks and scores are not meant to be differentiated).
 *
 * @param classifier network whose target layer has activations [N, h, w, K]
 * @param images [N, H, W, C], preprocessed for the network
 * @returns raw [N, H, W], ≥ 0; details: `gains` [N, G] (alpha of Eq. 6), `masks` [N, G, h, w] (before upsampling),
 *   `baselineScores` [N] (the probability of the blurred image) and `target` int32 [N]
 * @throws InvalidInput when an option is out of its range
 * @see Zhang, Rao & Yang (2021), "Group-CAM: Group Score-Weighted Visual Explanations for Deep Convolutional Networks"
 */
export const groupCam = saliencyMethod(
  {
    name: 'group-cam',
    title: 'Group-CAM',
    reference: 'Zhang, Rao & Yang (2021), Group-CAM, arXiv 2103.13859',
    needs: ['target layer', 'head gradient'],
    options: {
      profile: oneOf('paper', ['paper', 'reference', 'gradient-free']),
      // More than any layer has channels: the others are empty.
      groups: integer(null, 1, 16384),
      theta: percentile(null),
      order: oneOf(null, ['normalize-first', 'upsample-first']),
      gradientOf: oneOf('logit', ['logit', 'probability']),
      blur: checkedByMethod(defaultBlur),
      scoringScale: share(1),
    },
    cost: ({ groups, profile }) => {
      const free = profile === 'gradient-free';
      return { queries: 2 + Number(groups ?? (free ? 16 : 32)), heads: free ? 0 : 2 };
    },
  },
  (
    classifier: Classifier,
    images: tf.Tensor4D,
    options: SetRequired<GroupCamOptions, 'profile' | 'gradientOf' | 'blur' | 'scoringScale'>,
  ): Maps => {
    const preset = profiles[options.profile];
    const { groups = preset.groups, theta = preset.theta, order = preset.order, target } = options;
    const chunk = chunkSize(options.chunk, images.shape);
    const [, height, width] = images.shape;
    return tf.tidy(() => {
      const atLayer = splitInChunks(classifier, images, chunk);
      const { activations } = atLayer;
      const channels = activations.shape[3];
      const indices = classIndicesBehind(classifier, atLayer, target, chunk);
      const weights = preset.weighted
        ? channelWeights(classifier, atLayer, indices, chunk, options.gradientOf)
        : null;
      const masks = groupMasks(activations, weights, groupSizes(channels, groups, preset.split), {
        theta,
        order,
        size: [height, width],
        chunk,
      });
      return weighMasks(classifier, images, masks, indices, { ...options, chunk });
    });
  },
);

/** How masks are scored. */
export type WeighOptions = Required<Pick<GroupCamOptions, 'chunk'>> &
  Pick<GroupCamOptions, 'blur' | 'scoringScale'>;

/**
 * The second half of Group-CAM (Eq. 4 to 7): masks, each weighted by what it adds to the score of the blurred image.
 *
 * @param images [N, H, W, C], preprocessed
 * @param masks [N, G, h, w], in [0, 1] once upsampled to [H, W]; a mask of 0 everywhere counts 0
 * @param target int32 [N]
 * @returns as `groupCam`
 * @throws InvalidInput when the blur or the scale is out of its range
 */
export function weighMasks(
  classifier: Scorer,
  images: tf.Tensor4D,
  masks: tf.Tensor4D,
  target: tf.Tensor1D,
  { blur = defaultBlur, chunk, scoringScale = 1 }: WeighOptions,
): Maps {
  if (!(scoringScale > 0 && scoringScale <= 1)) {
    throw invalid('scoringScale', 'a number above 0, up to 1', scoringScale);
  }
  const [count, height, width] = images.shape;
  return tf.tidy(() => {
    const scored = resized(images, scoringScale);
    const baseline = resized(gaussianBlur(images, blur), scoringScale);
    const { alpha, baselineScores } = maskGains(classifier, scored, baseline, masks, target, chunk);

    const combined = tf.sum<tf.Tensor3D>(tf.mul(masks, tf.reshape(alpha, [count, -1, 1, 1])), 1);
    const raw = tf.relu(upsample(combined, [height, width]));
    return { map: minMax(raw), raw, details: { gains: alpha, masks, baselineScores, target } };
  });
}

/**
 * What each mask adds to the baseline's probability of the target (Eq. 6); a mask of 0 everywhere counts 0.
 *
 * @param network the whole network, or its head where images and baseline are activations
 * @param images [N, H, W, C]
 * @param baseline [N, H, W, C]
 * @param masks [N, G, h, w], in [0, 1] once upsampled to [H, W]
 * @param target int32 [N]
 * @returns alpha [N, G], signed, and baselineScores [N]; the caller owns them
 */
export function maskGains(
  network: Scorer,
  images: tf.Tensor4D,
  baseline: tf.Tensor4D,
  masks: tf.Tensor4D,
  target: tf.Tensor1D,
  chunk: number,
): { alpha: tf.Tensor2D; baselineScores: tf.Tensor1D } {
  const [count, groups, ...size] = masks.shape;
  return tf.tidy(() => {
    // Behind a mask of 0 everywhere lies the baseline itself: scored with the others it shares their batches.
    const nothing = tf.zeros<tf.Rank.R4>([count, 1, ...size]);
    const all = scoreMasked(network, images, baseline, tf.concat([nothing, masks], 1), target, chunk);
    const [first, scores] = tf.split(all, [1, groups], 1) as [tf.Tensor2D, tf.Tensor2D];
    const baselineScores = tf.reshape<tf.Rank.R1>(first, [count]);
    return { alpha: tf.mul<tf.Tensor2D>(gains(scores, baselineScores), notConstant(masks)), baselineScores };
  });
}

/** [N, G, h, w] → [N, G]: 1, or 0 for a mask of 0 everywhere (its query is the baseline itself). */
function notConstant(masks: tf.Tensor4D): tf.Tensor2D {
  const highest = tf.max<tf.Tensor2D>(masks, [2, 3]);
  return tf.cast(tf.greater<tf.Tensor2D>(highest, 0), 'float32');
}
