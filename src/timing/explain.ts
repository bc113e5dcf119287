import * as tf from '@tensorflow/tfjs-core';
import {
  compiledClassifier,
  methodNamed,
  methodOptions,
  type Cost,
  type MethodOptions,
} from '../explain/index.js';
import { classifier, resnet50, vgg19, type Classifier } from '../models/index.js';
import { mixSeeds, random } from '../random.js';
import { type BenchOptions, measure, settingOf, type Timing } from './measure.js';

/** The running times of the paper's Table 3: seconds an image on an NVIDIA 2080 Ti, ResNet-50. */
export const paperSeconds: Readonly<Record<string, number>> = {
  'grad-cam': 0.03,
  'group-cam': 0.09,
  'score-cam': 2.46,
  xrai: 42.17,
  rise: 38.23,
};

/** The networks of the paper. */
export type BenchNetwork = 'resnet50' | 'vgg19';

/** What to measure; VGG19 wants a size that is a multiple of 32. */
export interface BenchExplainOptions extends BenchOptions {
  /** A method whose call takes longer is not called again, milliseconds: 20,000. */
  patienceMs?: number;
}

/** How long a method takes, and what it does in that time. */
export interface ExplainTiming extends Timing, Cost {
  method: string;
  /** Options that are not the method's defaults. */
  options: MethodOptions;
}

/** A network of the paper with random weights: time does not depend on what it has learnt. */
export function benchNetwork(name: BenchNetwork, size: number): Classifier {
  const options = { classes: 1000, inputSize: size };
  return classifier(name === 'vgg19' ? vgg19(options) : resnet50(options));
}

/**
 * Times a saliency method, its maps on the host included, for the predicted class: best of several calls after the trace.
 * Where one call takes longer than `patienceMs` it is the only one, the trace in it.
 *
 * @param name as in `methods` of explain
 * @param settings options of the method
 * @throws InvalidInput where there is no such method or option, or it does not fit the network
 */
export async function benchExplain(
  network: Classifier,
  name: string,
  settings: MethodOptions,
  options: BenchExplainOptions,
): Promise<ExplainTiming> {
  const { run, cost, defaults } = methodNamed(name);
  const given = methodOptions(name, settings);
  const { batch, size, computedIn, repeats, patienceMs = 20_000 } = options;
  const compiled = compiledClassifier(network, { precision: computedIn });
  const images = scenes(batch, size);
  try {
    const timing = await measure(
      'explain',
      { images: batch, repeats, patienceMs, setting: settingOf(options) },
      () => void tf.tidy(() => run(compiled, images, given).map.dataSync()),
    );
    const [, height, width, channels] = tf.tidy(() => compiled.activations(tf.slice(images, 0, 1)).shape);
    const passes = cost(
      { ...defaults, ...given },
      { image: [size, size], positions: height * width, channels },
    );
    return { ...timing, method: name, options: given, ...passes };
  } finally {
    images.dispose();
    compiled.dispose();
  }
}

/**
 * Seeded patches of color with a little noise, [N, size, size, 3], about standard normal. XRAI's time depends on how
 * many segments an image has; these have about as many as a photograph.
 */
function scenes(count: number, size: number): tf.Tensor4D {
  return tf.tidy(() => {
    const each = Array.from({ length: count }, (_, image) => {
      const next = random(mixSeeds(1, image));
      const noise = (side: number) =>
        tf.tensor4d(
          Float32Array.from({ length: side * side * 3 }, () => 4 * next() - 2),
          [1, side, side, 3],
        );
      const patches = tf.image.resizeNearestNeighbor(noise(12), [size, size]);
      return tf.add<tf.Tensor4D>(patches, tf.mul(noise(size), 0.05));
    });
    return tf.concat(each);
  });
}
