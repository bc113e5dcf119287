import * as tf from '@tensorflow/tfjs-core';
import type { Classifier } from '../../models/index.js';
import {
  channelWeights,
  chunkSize,
  classIndicesBehind,
  clusters,
  defaultBlur,
  masksOfSums,
  memberSums,
  splitInChunks,
  type Blur,
} from '../ops/index.js';
import type { CommonOptions, Maps } from '../types.js';
import { weighMasks } from './group-cam.js';
import { saliencyMethod, type SetRequired } from '../method.js';
import { checkedByMethod, flag, integer, number, orNull, percentile } from '../options.js';

export interface ClusteredGroupCamOptions extends CommonOptions {
  /** Number of groups G, 1 or more: 32. Fewer where the channels show fewer different things. */
  groups?: number;
  /** Whether the gradient of the class's logit weighs the channels, as in Group-CAM: true. */
  weighted?: boolean;
  /** Percentile for de-noising, 0 to 100, or null for none: 70. */
  theta?: number | null;
  /** The blur that makes the baseline: 51 taps, sigma 50. */
  blur?: Blur;
  /** Of the clustering: 0. */
  seed?: number;
}

/**
 * Clustered Group-CAM: Group-CAM whose groups are channels that look alike on this image, and not neighbors by number
 * (whose sums all look like the mean of the channels). Costs what Group-CAM costs.
 *
 * The clustering is done outside of tfjs: values are read, so the method itself cannot be compiled (its passes through
 * the network can, see `compiledClassifier`), and not run on backends without `dataSync`.
 *
 * @param classifier network whose target layer has activations [N, h, w, K]
 * @param images [N, H, W, C], preprocessed for the network
 * @returns as `groupCam`
 * @throws InvalidInput when an option is out of its range
 * @see Zhang, Rao & Yang (2021), "Group-CAM"; grouping by similarity as in Cluster-CAM (Feng et al. 2023)
 */
export const clusteredGroupCam = saliencyMethod(
  {
    name: 'clustered-group-cam',
    title: 'Clustered Group-CAM',
    reference: 'Group-CAM with groups by similarity, as Cluster-CAM: Feng et al. (2023), arXiv 2302.01642',
    needs: ['target layer', 'head gradient'],
    compilable: false,
    options: {
      groups: integer(32, 1, 16384),
      weighted: flag(true),
      theta: orNull(percentile(70)),
      blur: checkedByMethod(defaultBlur),
      seed: number(0),
    },
    cost: ({ groups }) => ({ queries: 2 + Number(groups), heads: 2 }),
  },
  (
    classifier: Classifier,
    images: tf.Tensor4D,
    options: SetRequired<ClusteredGroupCamOptions, 'groups' | 'weighted' | 'seed'> & { theta: number | null },
  ): Maps => {
    const { groups, weighted, theta, seed } = options;
    const [, height, width] = images.shape;
    const chunk = chunkSize(options.chunk, images.shape);
    return tf.tidy(() => {
      const atLayer = splitInChunks(classifier, images, chunk);
      const { activations } = atLayer;
      const target = classIndicesBehind(classifier, atLayer, options.target, chunk);
      const weights = weighted ? channelWeights(classifier, atLayer, target, chunk) : null;
      const sums = memberSums(activations, weights, memberships(activations, groups, seed));
      const masks = masksOfSums(sums, { theta, order: 'normalize-first', size: [height, width], chunk });
      return weighMasks(classifier, images, masks, target, { ...options, chunk });
    });
  },
);

/** [N, K, G]: 1 where the channel is in the group. */
function memberships(activations: tf.Tensor4D, groups: number, seed: number): tf.Tensor3D {
  const [count, height, width, channels] = activations.shape;
  const size = height * width * channels;
  const values = tf.transpose(activations, [0, 3, 1, 2]).dataSync() as Float32Array;
  const matrix = new Float32Array(count * channels * groups);
  for (let image = 0; image < count; image++) {
    const found = clusters(values.subarray(image * size, (image + 1) * size), channels, groups, seed);
    found.forEach((group, channel) => (matrix[(image * channels + channel) * groups + group] = 1));
  }
  return tf.tensor3d(matrix, [count, channels, groups]);
}
