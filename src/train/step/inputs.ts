import * as tf from '@tensorflow/tfjs-core';
import { type RandomInputs, randomInputsMaker } from '../../augment/index.js';
import { type Batch, boxMasks } from '../../data/index.js';
import type { Classifier } from '../../models/index.js';
import type { AcceptsPixels } from '../../tensorflow/index.js';
import { type DistortionDraws, distorts, drawDistortions } from './distort.js';
import { drawMixing, type MixDraws, mixes } from './mix.js';
import type { TrainingOptions } from './types.js';

/** What the stage is given. All of these are types, not interfaces, since compile() looks into them. */
export type StageArguments = { chosen: tf.Tensor1D; randomInputs: RandomInputs; boxes: tf.Tensor3D | null };

/** What is drawn for a batch. */
export type Draws = { distortions: DistortionDraws | null; mixing: MixDraws | null };

/** A batch as a compiled pass takes it. */
export type BatchInputs = {
  /** [N, H, W, C], 0 to 255. */
  pixels: tf.Tensor4D;
  /** int32 [N]. */
  labels: tf.Tensor1D;
  stage: StageArguments | null;
  draws: Draws;
  /** [3], where several processes train: what this one tells the others, the number of its images first. */
  own: tf.Tensor1D | null;
};

/**
 * Makes of batches what a compiled pass takes. Call what it returns inside tf.tidy: it makes tensors.
 *
 * @returns a function of a batch, the images that go through the stage (none: no stage), the seed of what is left to
 *   chance, and what is told to other processes (null: there are none)
 */
export function batchInputs(
  classifier: Classifier,
  { stage, boxes = null, distortions, mixing }: TrainingOptions,
): (
  batch: Batch,
  chosen: Int32Array,
  seed: number,
  told: readonly number[] | null,
) => AcceptsPixels<BatchInputs> {
  const randomInputsOf = stage && randomInputsMaker(classifier, stage);
  const stageArguments = (
    { shape, files, crops, places }: Batch,
    chosen: Int32Array,
    seed: number,
  ): AcceptsPixels<StageArguments> => ({
    chosen: tf.tensor1d(chosen, 'int32'),
    randomInputs: randomInputsOf!(shape, chosen, seed, places),
    boxes: boxes && {
      pixels: boxMasks(boxes, files, crops, [shape[1], shape[2]]),
      shape: [shape[0], shape[1], shape[2]],
    },
  });
  return (batch, chosen, seed, told) => {
    const { pixels, shape, labels, places } = batch;
    return {
      pixels: { pixels, shape },
      labels: tf.tensor1d(labels, 'int32'),
      stage: stage && chosen.length > 0 ? stageArguments(batch, chosen, seed) : null,
      draws: {
        distortions:
          distortions && distorts(distortions) ? drawDistortions(distortions, shape, seed, places) : null,
        mixing: mixing && mixes(mixing) ? drawMixing(mixing, shape, seed) : null,
      },
      own: told && tf.tensor1d([...told]),
    };
  };
}
