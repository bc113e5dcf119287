import { groupCam, type GroupCamOptions } from '../explain/index.js';
import type { Classifier } from '../models/index.js';
import { compile } from '../tensorflow/index.js';
import type * as tf from '@tensorflow/tfjs-core';
import type { SaliencyMethod } from './types.js';

/** Settings of the paper's Table 2 and Figure 5. */
export const paperAblations = {
  groups: [1, 4, 8, 16, 32, 64, 128, 256],
  theta: [0, 10, 20, 30, 40, 50, 60, 70, 80, 90],
} as const;

/**
 * Group-CAM with each number of groups and each percentile, as methods for insertion and deletion: `groups=8` (with
 * theta 70) and `theta=50` (with 32 groups).
 *
 * @param settings what is varied; default: the paper's
 */
export function groupCamAblations(
  classifier: Classifier,
  settings: { groups?: readonly number[]; theta?: readonly number[] } = paperAblations,
): SaliencyMethod[] {
  const { groups = [], theta = [] } = settings;
  const variant = (name: string, options: GroupCamOptions): SaliencyMethod => {
    const explain = compile(
      (images: tf.Tensor4D, target: tf.Tensor1D) => {
        const { map, raw, details } = groupCam(classifier, images, { ...options, target });
        for (const tensor of [raw, ...Object.values(details)]) tensor.dispose();
        return map;
      },
      { name, onNote: () => undefined },
    );
    return { name, run: (images, target) => explain(images, target) };
  };
  return [
    ...groups.map((count) => variant(`groups=${count}`, { groups: count })),
    ...theta.map((percentile) => variant(`theta=${percentile}`, { theta: percentile })),
  ];
}
