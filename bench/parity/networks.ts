import * as tf from '@tensorflow/tfjs-core';
import { activationGradient, gaussianBlur, segmentsOfScales } from '../../src/explain/index.js';
import { difference, scaledDifference, type Finding, type Uncovered } from './finding.js';
import type { Folder } from './folder.js';
import type { Segmentation } from './format.js';

/** What every method stands on: logits, activations, gradients, blurred images, segmentations. */
export async function* networkFindings(folder: Folder): AsyncGenerator<Finding | Uncovered> {
  const { goldens, array } = folder;
  for (const image of goldens.images) {
    const network = await folder.network(image.net);
    const x = await folder.images([image.id]);
    const row = (what: string, found: tf.Tensor, expected: ArrayLike<number>, limit: number): Finding => {
      const far = scaledDifference(found.dataSync(), expected);
      found.dispose();
      return { what: `network · ${what}`, where: image.id, difference: far, limit };
    };
    const logits = network.logits(x);
    yield row('probabilities', network.probabilities(logits), image.softmax, 1e-5);
    yield row('logits', logits, image.logits, 1e-5);
    if (image.activations) {
      const expected = array(image.activations).values;
      const activations = network.activations(x);
      yield row('logits of the head', network.head(activations), image.logits, 1e-5);
      yield* gradientFindings(folder, image.id, activations);
      yield row('activations', activations, expected, 1e-4);
    }
    for (const [name, path] of Object.entries(image.blurred ?? {})) {
      const [size, sigma] = name.split('/').map(Number) as [number, number];
      yield row('blur', gaussianBlur(x, { size, sigma }), array(path).values, 1e-5);
    }
    yield* segmentFindings(folder, image.id, x);
    x.dispose();
  }
}

async function* gradientFindings(
  folder: Folder,
  id: string,
  activations: tf.Tensor4D,
): AsyncGenerator<Finding> {
  for (const { image, net, classIndex, gradients, gradWeights } of folder.goldens.cases) {
    if (image !== id || !gradients) continue;
    const network = await folder.network(net);
    const target = tf.tensor1d([classIndex], 'int32');
    const found = activationGradient(network, activations, target);
    const weights = tf.mean(found, [1, 2]);
    const [all, means] = [found.dataSync(), weights.dataSync()];
    tf.dispose([target, found, weights]);
    const where = `${id}, class ${classIndex}`;
    const far = difference(all, folder.array(gradients).values);
    yield { what: 'network · gradients', where, difference: far, limit: 1e-4 };
    if (gradWeights) {
      yield {
        what: 'network · gradient weights',
        where,
        difference: difference(means, gradWeights),
        limit: 1e-5,
      };
    }
  }
}

/** Labels are the same up to their numbers: each of ours goes with one of the golden ones, and the other way round. */
function* segmentFindings(
  { goldens, array, image }: Folder,
  id: string,
  x: tf.Tensor4D,
): Generator<Finding | Uncovered> {
  const [, height, width, channels] = x.shape;
  const values = pixelsOf(Float64Array.from(x.dataSync()));
  for (const [name, stored] of Object.entries(image(id).segments ?? {})) {
    if (typeof stored !== 'string') continue;
    const settings = goldens.conventions[name] as Segmentation | undefined;
    if (!settings) {
      yield { uncovered: `segments · ${name}`, reason: 'no parameters among the conventions' };
      continue;
    }
    const side = /cubic resize to (\d+)/.exec(settings.input)?.[1];
    const found = segmentsOfScales(values, [height, width, channels], {
      ...settings,
      side: side ? Number(side) : null,
    });
    const expected = array(stored).values;
    for (const [index, scale] of settings.scales.entries()) {
      const golden = expected.subarray(index * height * width, (index + 1) * height * width);
      const apart = mismatches(found[index]!, golden);
      yield { what: `segments · ${name}`, where: `${id}, scale ${scale}`, difference: apart, limit: 0 };
    }
  }
}

/** Numbers of the steps that the values are apart: takes the rounding of float32 out, as rounding decides on ties. */
function pixelsOf(values: Float64Array): Float64Array {
  const sorted = [...new Set(values)].sort((a, b) => a - b);
  const step = sorted.reduce(
    (least, value, index) => (index > 0 ? Math.min(least, value - sorted[index - 1]!) : least),
    Infinity,
  );
  return Number.isFinite(step) ? values.map((value) => Math.round((value - sorted[0]!) / step)) : values;
}

function mismatches(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  const [there, back] = [new Map<number, number>(), new Map<number, number>()];
  let count = 0;
  for (let index = 0; index < expected.length; index++) {
    const [one, other] = [found[index]!, expected[index]!];
    if (!there.has(one)) there.set(one, other);
    if (!back.has(other)) back.set(other, one);
    if (there.get(one) !== other || back.get(other) !== one) count++;
  }
  return count;
}
