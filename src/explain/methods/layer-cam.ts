import * as tf from '@tensorflow/tfjs-core';
import type { CommonOptions, Maps } from '../types.js';
import { gradientCam, type Splittable } from '../ops/index.js';
import { saliencyMethod } from '../method.js';

/**
 * LayerCAM: every activation weighted by its own gradient of the class's logit, where that is above 0. Keeps detail
 * also at early layers. Costs one forward pass and one pass through the head and back an image.
 *
 * @param images [N, H, W, C], preprocessed for the network
 * @returns raw [N, h, w], ≥ 0; details: `target` int32 [N]
 * @throws InvalidInput when an option is out of its range
 * @see Jiang et al. (2021), "LayerCAM: Exploring Hierarchical Class Activation Maps for Localization", Eq. 5 and 6
 */
export const layerCam = saliencyMethod(
  {
    name: 'layer-cam',
    title: 'LayerCAM',
    reference: 'Jiang et al. (2021), LayerCAM, IEEE TIP 30',
    needs: ['target layer', 'head gradient'],
    options: {},
    cost: () => ({ queries: 1, heads: 2 }),
  },
  (classifier: Splittable, images: tf.Tensor4D, options: CommonOptions): Maps => {
    return gradientCam(classifier, images, options, (activations, gradients) =>
      tf.sum(tf.mul(tf.relu(gradients), activations), 3),
    );
  },
);
