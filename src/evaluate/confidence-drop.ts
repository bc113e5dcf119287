import * as tf from '@tensorflow/tfjs-core';
import { unitRange } from '../report/index.js';
import { defaultChunk, scoreImages } from '../explain/index.js';
import { compile } from '../tensorflow/index.js';
import type { EvaluationOptions, Figures, Protocol, Report } from './types.js';
import { withControls } from './controls.js';
import { commonProtocol, eachImage, hostMaps, type TargetOf } from './each-image.js';
import { confidenceChange, type ConfidenceChange } from '../metrics/index.js';
import { meanOf, summarize } from './summary.js';

export interface ConfidenceDropOptions extends EvaluationOptions {
  /** Default: the class that the network predicts. */
  target?: TargetOf;
}

/**
 * Average drop and increase in confidence: what is left of the class's probability when the preprocessed image is
 * multiplied by its map (after min-max). `increase` is the share of images whose probability rises.
 *
 * @see Chattopadhay et al. (2018), "Grad-CAM++: Improved Visual Explanations for Deep Convolutional Networks"
 */
export async function confidenceDrop(
  options: ConfidenceDropOptions,
): Promise<Report<Record<'drop' | 'increase', Figures[string]>>> {
  const { classifier, methods, target = 'predicted', chunk = defaultChunk, seed = 0 } = options;
  const protocol: Protocol = {
    metric: 'confidence-drop',
    target,
    score: `${classifier.probability} probability`,
    masked: 'preprocessed image × map after min-max; a removed pixel is 0 after preprocessing',
    ...commonProtocol(options),
  };
  const scoresOf = compile(
    (images: tf.Tensor4D, maps: tf.Tensor3D, classes: tf.Tensor1D) =>
      tf.tidy(() => ({
        before: scoreImages(classifier, images, classes, chunk),
        after: scoreImages(classifier, tf.mul(images, tf.expandDims(maps, 3)), classes, chunk),
      })),
    { name: 'confidence drop', onNote: () => undefined },
  );
  try {
    const results = await eachImage<ConfidenceChange>(options, protocol, target, async (subjects) => {
      const measured = subjects.files.map((): Record<string, ConfidenceChange> => ({}));
      for (const method of withControls(methods, seed)) {
        const maps = await hostMaps(method, subjects);
        const [, height, width] = subjects.images.shape;
        const masks = tf.tidy(() =>
          tf.stack(maps.map((map) => tf.tensor2d(unitRange(map), [height, width]))),
        ) as tf.Tensor3D;
        const scores = scoresOf(subjects.images, masks, subjects.target);
        const [before, after] = await Promise.all([scores.before.data(), scores.after.data()]);
        tf.dispose([masks, scores.before, scores.after]);
        measured.forEach((row, image) => {
          row[method.name] = confidenceChange(Math.min(1, before[image]!), Math.min(1, after[image]!));
        });
      }
      return measured;
    });
    return {
      protocol,
      ...summarize(results, { drop: meanOf('drop'), increase: meanOf('increase') }, options),
    };
  } finally {
    scoresOf.dispose();
  }
}
