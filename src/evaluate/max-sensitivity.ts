import * as tf from '@tensorflow/tfjs-core';
import { unitRange } from '../report/index.js';
import type { Batch } from '../data/index.js';
import { invalid } from '../errors.js';
import { preparerOf } from './prepare.js';
import { mixSeeds, random } from '../random.js';
import type { EvaluationOptions, Figures, Protocol, Report } from './types.js';
import { withControls } from './controls.js';
import { commonProtocol, eachImage, hostMaps, type TargetOf } from './each-image.js';
import { relativeDistance } from '../metrics/index.js';
import { meanOf, summarize } from './summary.js';

export interface MaxSensitivityOptions extends EvaluationOptions {
  /** Default: the class that the network predicts for the image without noise. */
  target?: TargetOf;
  /** Noisy copies of an image. Default 10. */
  samples?: number;
  /** Largest noise, of pixels in [0, 1]. Default 0.02. */
  radius?: number;
}

/** One image, one method: null where the map is constant. */
interface Sensitivity {
  maxSensitivity: number | null;
}

/**
 * Max-sensitivity: the largest change of a map (after min-max), relative to its size, when a little uniform noise is
 * added to the image. Lower is better; a map that ignores the image scores 0.
 *
 * @throws InvalidInput where samples or radius is out of range
 * @see Yeh et al. (2019), "On the (In)fidelity and Sensitivity of Explanations"
 */
export async function maxSensitivity(
  options: MaxSensitivityOptions,
): Promise<Report<Record<'maxSensitivity', Figures[string]>>> {
  const { methods, target = 'predicted', samples = 10, radius = 0.02, seed = 0 } = options;
  if (!(Number.isInteger(samples) && samples > 0)) throw invalid('samples', 'an integer, 1 or more', samples);
  if (!(radius > 0 && Number.isFinite(radius))) throw invalid('radius', 'a number above 0', radius);
  const protocol: Protocol = {
    metric: 'max-sensitivity',
    target,
    samples,
    radius,
    noise: 'uniform in ± radius, on pixels in [0, 1]',
    distance: '‖map of the noisy image − map‖ / ‖map‖, after min-max, Euclidean; the largest of the samples',
    ...commonProtocol(options),
  };
  const results = await eachImage<Sensitivity>(options, protocol, target, async (subjects, batch) => {
    const measured = subjects.files.map((): Record<string, Sensitivity> => ({}));
    const checked = withControls(methods, seed);
    const originals: Record<string, Float32Array[]> = {};
    for (const method of checked) originals[method.name] = (await hostMaps(method, subjects)).map(unitRange);
    for (let sample = 0; sample < samples; sample++) {
      const noisy = noisyCopy(batch, preparerOf(options), radius, mixSeeds(seed, sample));
      try {
        for (const method of checked) {
          const maps = await hostMaps(method, { ...subjects, images: noisy });
          measured.forEach((row, image) => {
            const distance = relativeDistance(originals[method.name]![image]!, unitRange(maps[image]!));
            const before = row[method.name]?.maxSensitivity ?? 0;
            row[method.name] = { maxSensitivity: distance === null ? null : Math.max(before, distance) };
          });
        }
      } finally {
        noisy.dispose();
      }
    }
    return measured;
  });
  return { protocol, ...summarize(results, { maxSensitivity: meanOf('maxSensitivity') }, options) };
}

/** Noise depends on the seed and the image's name alone, not on the batch that the image is in. */
function noisyCopy(
  { pixels, shape, files }: Batch,
  prepare: (pixels: tf.Tensor4D) => tf.Tensor4D,
  radius: number,
  seed: number,
): tf.Tensor4D {
  const length = pixels.length / files.length;
  const noisy = Float32Array.from(pixels);
  files.forEach((file, image) => {
    const next = random(mixSeeds(seed, ...Buffer.from(file)));
    for (let at = image * length; at < (image + 1) * length; at++) {
      noisy[at] = noisy[at]! + (2 * next() - 1) * radius * 255;
    }
  });
  return tf.tidy(() => prepare(tf.tensor4d(noisy, shape)));
}
