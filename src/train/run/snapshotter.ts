import * as tf from '@tensorflow/tfjs-core';
import { blurOutside, stage, type StageOptions } from '../../augment/index.js';
import {
  imageReader,
  partOf,
  stratifiedChoice,
  type Batch,
  type Listing,
  type CropSpec,
} from '../../data/index.js';
import { type Classifier, normalize, type Preprocessing } from '../../models/index.js';
import { compile, type Precision } from '../../tensorflow/index.js';
import type { Snapshot } from '../../log/index.js';

/**
 * The fixed images whose maps are kept every epoch: a seeded choice from the validation images, as even over the classes
 * as their number allows.
 *
 * @throws Failure when not one of them can be read
 */
export async function readProbe(
  listing: Listing,
  view: CropSpec,
  { images, seed }: { images: number; seed: number },
): Promise<Batch | undefined> {
  const chosen = stratifiedChoice(listing, images, seed);
  if (chosen.length === 0) return undefined;
  const part = partOf(listing, chosen);
  for await (const batch of imageReader(part, { batchSize: chosen.length, view, maxErrorShare: 1 }).batches())
    return batch;
  return undefined;
}

/** Takes pictures of what the network looks at. */
export interface Snapshotter {
  take(epoch: number, step: number): Snapshot;
  dispose(): void;
}

/**
 * Builds the snapshot of the probe set: the stage's own maps and masks with the weights of this moment, and the images
 * that training would see.
 */
export function snapshotter(
  classifier: Classifier,
  probe: Batch,
  {
    preprocessing,
    options,
    precision,
  }: { preprocessing: Preprocessing; options: StageOptions; precision: Precision },
): Snapshotter {
  const { pixels, shape, labels, files } = probe;
  const names = classifier.classNames ?? [];
  const look = compile(
    (bytes: tf.Tensor4D, labels: tf.Tensor1D) =>
      tf.tidy(() => {
        const images = tf.cast(bytes, 'float32');
        const input = normalize(images, preprocessing);
        const { map, mask, zero } = stage(classifier, input, labels, options);
        // Blurring and blending are linear: on pixels they give the picture of what the network is given.
        const blended = blurOutside(images, { mask, zero }, options);
        const probabilities = classifier.probabilities(classifier.logits(input));
        return {
          map,
          mask,
          blended: tf.cast(tf.round(tf.clipByValue(blended, 0, 255)), 'int32'),
          probabilities,
        };
      }),
    { precision, name: 'probe' },
  );
  return {
    take(epoch, step) {
      const given = tf.tensor1d(labels, 'int32');
      const { map, mask, blended, probabilities } = look({ pixels, shape }, given);
      const snapshot: Snapshot = {
        epoch,
        step,
        images: pixels,
        imageShape: [shape[0], shape[1], shape[2]],
        maps: map.dataSync<'float32'>(),
        mapShape: [map.shape[1], map.shape[2]],
        masks: mask.dataSync<'float32'>(),
        blended: Uint8Array.from(blended.dataSync()),
        files,
        labels: [...labels].map((label) => names[label] ?? String(label)),
        predictions: probabilities.arraySync().map((row) => topClasses(row, names)),
      };
      tf.dispose([given, map, mask, blended, probabilities]);
      return snapshot;
    },
    dispose: () => look.dispose(),
  };
}

function topClasses(probabilities: number[], names: readonly string[]) {
  const probability = Math.max(...probabilities);
  const index = probabilities.indexOf(probability);
  return { class: names[index] ?? String(index), probability };
}
