import * as tf from '@tensorflow/tfjs-core';
import { invalid, phrase } from '../../errors.js';
import type { Classifier } from '../../models/index.js';
import {
  activationsInChunks,
  chunkSize,
  minMax,
  targetIndices,
  upsample,
  weightedSum,
  exactProduct,
} from '../ops/index.js';
import type { CommonOptions, Maps } from '../types.js';
import { saliencyMethod } from '../method.js';

/**
 * CAM: the channels of the target layer, each with its weight for the class in the linear layer behind the pooling.
 * Only for networks that end in global average pooling and one linear layer. Without bias and without ReLU: what speaks
 * against the class is below 0. Costs one forward pass an image.
 *
 * @param images [N, H, W, C], preprocessed for the network
 * @returns raw [N, h, w], signed; details: `target` int32 [N]
 * @throws InvalidInput when the network has another end, or an option is out of its range
 * @see Zhou et al. (2016), "Learning Deep Features for Discriminative Localization", Eq. 2
 */
export const cam = saliencyMethod(
  {
    name: 'cam',
    title: 'CAM',
    reference: 'Zhou et al. (2016), CAM, CVPR, arXiv 1512.04150',
    needs: ['target layer', 'pooling and linear layer'],
    options: {},
    cost: () => ({ queries: 1 }),
  },
  (
    classifier: Pick<Classifier, 'activations' | 'head' | 'classes' | 'layer' | 'linearHead'>,
    images: tf.Tensor4D,
    options: CommonOptions,
  ): Maps => {
    const { linearHead, layer } = classifier;
    if (!linearHead) {
      const expected =
        'a network that goes from the target layer through global average pooling and one linear layer';
      throw invalid(
        'cam',
        expected,
        phrase(`another end behind '${layer}'`),
        'use grad-cam, which is the same map where both apply',
      );
    }
    const [count, height, width] = images.shape;
    const chunk = chunkSize(options.chunk, images.shape);
    return tf.tidy(() => {
      const activations = activationsInChunks(classifier, images, chunk);
      const target = targetIndices(options.target ?? 'predicted', count, classifier.classes, () =>
        classifier.head(activations),
      );
      const isTarget = tf.equal(tf.expandDims(target, 1), tf.range(0, classifier.classes, 1, 'int32'));
      const weights = exactProduct<tf.Tensor2D>(tf.cast(isTarget, 'float32'), linearHead(), false, true);
      const raw = weightedSum(activations, weights);
      return { map: minMax(upsample(raw, [height, width])), raw, details: { target } };
    });
  },
);
