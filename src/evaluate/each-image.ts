import { setImmediate } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs-core';
import { upload, type Batch } from '../data/index.js';
import { invalid } from '../errors.js';
import { targetIndices } from '../explain/index.js';
import type { EvaluationOptions, Protocol, SaliencyMethod } from './types.js';
import { checkReference, withControls } from './controls.js';
import { openResults, type ImageResult } from './image-results.js';
import { preparerOf } from './prepare.js';
import { remaining } from './remaining.js';

/** Some images on the device, and what is explained of them. */
export interface ExplainedBatch {
  /** [N, H, W, C], preprocessed */
  images: tf.Tensor4D;
  /** int32 [N] */
  target: tf.Tensor1D;
  files: readonly string[];
}

/** Which class is explained: the one that the network predicts, or the one that the batch names. */
export type TargetOf = 'predicted' | 'label';

/**
 * What belongs into every protocol.
 *
 * @param methods those that are asked for; the controls are added
 */
export function commonProtocol(options: EvaluationOptions): Record<string, unknown> {
  const { classifier, preprocessing, methods, seed = 0, about } = options;
  return {
    methods: withControls(methods, seed).map(({ name }) => name),
    controls:
      'random: each pixel uniform; random-coarse: 7 × 7 cells; center-gaussian: deviation of a quarter side',
    ...about,
    layer: classifier.layer,
    preprocessing,
    interval: 'bootstrap percentiles over images, 95 %, 2000 resamples',
    seed,
  };
}

/**
 * Measures image after image: prepares each batch for the network, leaves out the images that are done already, and
 * keeps the results. The tensors of a batch are freed before the next one is read.
 *
 * @param measure from the images of a batch to the result of each
 * @returns the results of all images, those of an earlier start included
 * @throws InvalidInput for a label that is no class of the network, Failure where there is no image, ShareMeasured in a
 *   share
 */
export async function eachImage<Values>(
  options: EvaluationOptions,
  protocol: Protocol,
  targetOf: TargetOf,
  measure: (subjects: ExplainedBatch, batch: Batch) => Promise<Record<string, Values>[]>,
): Promise<readonly ImageResult<Values>[]> {
  const { classifier, folder, files, share, onProgress } = options;
  const prepare = preparerOf(options);
  checkReference(options);
  const results = await openResults<Values>({ folder, protocol, files, share });
  onProgress?.(results.count());
  for await (const batch of remaining(options.batches, results.has)) {
    const images = tf.tidy(() => prepare(upload(batch).xs));
    const target = tf.tidy(() =>
      targetIndices(
        targetOf === 'label' ? batch.labels : 'predicted',
        batch.files.length,
        classifier.classes,
        () => classifier.logits(images),
      ),
    );
    try {
      const measured = await measure({ images, target, files: batch.files }, batch);
      results.addAll(measured.map((methods, index) => ({ image: batch.files[index]!, methods })));
    } finally {
      tf.dispose([images, target]);
    }
    onProgress?.(results.count());
  }
  return results.whole();
}

/**
 * Runs a method and brings its maps to the host.
 *
 * @returns one map an image, [H, W] in row-major order
 * @throws InvalidInput where the method gives another shape or a value that is not finite
 */
export async function hostMaps(
  method: SaliencyMethod,
  { images, target, files }: ExplainedBatch,
): Promise<Float32Array[]> {
  // Signals want a turn of the event loop; native calls leave none by themselves.
  await setImmediate();
  const maps = await method.run(images, target, files);
  try {
    const [count, height, width] = images.shape;
    if (maps.shape.join() !== [count, height, width].join()) {
      throw invalid(`map of ${method.name}`, `the shape [${count}, ${height}, ${width}]`, maps.shape);
    }
    const values = (await maps.data()) as Float32Array;
    const wrong = values.find((value) => !Number.isFinite(value));
    if (wrong !== undefined) throw invalid(`map of ${method.name}`, 'finite values', wrong);
    const length = height * width;
    return Array.from({ length: count }, (_, image) => values.slice(image * length, (image + 1) * length));
  } finally {
    maps.dispose();
  }
}
