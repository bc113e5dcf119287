import type * as tf from '@tensorflow/tfjs-core';
import { invalid } from '../../errors.js';
import { groupCam } from '../../explain/index.js';
import type { Classifier } from '../../models/index.js';
import type { MapSource } from './types.js';
import { targetOf } from './target.js';

/** The paper's: gradient-free Group-CAM (Zhang, Rao & Yang 2021, sections 3 and 4.5). */
export const groupCamSource: MapSource = {
  summary: 'gradient-free Group-CAM',
  queries: ({ groups }) => groups,
  // The activations; the baseline and the masked copies at the scale that they are scored at.
  passes: ({ groups, scoringScale }) => 1 + (groups + 1) * scoringScale ** 2,
  needs: 'label',
  fromNetwork: true,
  find({ classifier, images, labels, options }) {
    const { groups, blur, chunk, scoringScale } = options;
    const target = targetOf({ labels, options });
    const settings = { profile: 'gradient-free', target, groups, blur, chunk, scoringScale } as const;
    return { map: groupCam(withChannels(classifier, groups), images, settings).raw };
  },
};

/**
 * The same network.
 *
 * @throws InvalidInput, once its activations are asked for, where the target layer has fewer channels than groups
 */
export function withChannels(classifier: Classifier, groups: number): Classifier {
  const activations = (images: tf.Tensor4D): tf.Tensor4D => {
    const result = classifier.activations(images);
    const channels = result.shape[3];
    if (groups <= channels) return result;
    const expected = `an integer from 1 to ${channels} (the channels of ${classifier.layer})`;
    throw invalid('stage.groups', expected, groups);
  };
  return { ...classifier, activations };
}
