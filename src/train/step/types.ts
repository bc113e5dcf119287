import type * as tf from '@tensorflow/tfjs-core';
import type { StageOptions } from '../../augment/index.js';
import type { Batch, ListedBoxes } from '../../data/index.js';
import type { Preprocessing } from '../../models/index.js';
import type { Precision, Ranks, ReduceOptions } from '../../tensorflow/index.js';
import type { Distortions } from './distort.js';
import type { LossScale, LossScaleOptions } from './loss-scale.js';
import type { Mixing } from './mix.js';
import type { OptimizerOptions } from './optimizer.js';
import type { Parameters } from './parameters.js';

export interface TrainingOptions {
  preprocessing: Preprocessing;
  parameters: Parameters;
  optimizer: OptimizerOptions;
  labelSmoothing: number;
  /** What each class counts in the loss, as `weight` of CrossEntropyLoss in PyTorch; default null: all the same. */
  classWeights?: readonly number[] | null;
  /** What happens to images before the stage; default: nothing. */
  distortions?: Distortions;
  /** How images are mixed in pairs after it; default: not at all. Not with a stage that mixes labels, nor with consistency. */
  mixing?: Mixing;
  /** The online stage; null trains on the images as they are. */
  stage: StageOptions | null;
  /** Annotated boxes of the training images, for stage method boxes. */
  boxes?: ListedBoxes | null;
  /**
   * Above 0 the network learns from the images as they are, and the staged ones add this weight times their
   * divergence from what it says of the images as they are. Default 0: it learns from the staged images.
   */
  consistency?: number;
  /** Rate of stochastic depth in the last block; default null: the network's own. */
  dropPath?: number | null;
  /** In float16 the loss is scaled. */
  precision: Precision;
  /** Where the scaling begins and how it grows, in float16; default: as GradScaler. */
  scaling?: LossScaleOptions;
  /** Whether several batches make one step. */
  accumulates: boolean;
  /** The processes that train together, each with its share of every batch; default: this one trains alone. */
  ranks?: Ranks | undefined;
  /** In which number format gradients travel between them, default float32. */
  wire?: ReduceOptions['wire'];
  /** Whether a batch norm has the statistics of the whole batch, not of this process's share. Default false. */
  syncNorm?: boolean;
}

/** Sums over the images of a batch, those of all processes. */
export interface BatchResult {
  images: number;
  /** What the images count together: as many as they are, where no class has a weight. */
  weight: number;
  loss: number;
  correct: number;
  /** Images that went through the stage and changed. */
  augmented: number;
  /** Images that went through the stage and stayed as they are, since their map was zero. */
  zeroMaps: number;
  /** Sum of the mask areas (shares of an image) of the augmented images. */
  maskArea: number;
  /** Steps that were not made, since a gradient overflowed float16; with accumulation, `update` says so. */
  skippedSteps: number;
}

/** The training of one network. */
export interface Training {
  /** What the optimizer remembers: momentum buffers, one for each trained parameter, or AdamW's moments and count. */
  slots: tf.Variable[];
  /** Scaling of the loss in float16; null in other precisions, which need none. */
  lossScale: LossScale | null;
  /**
   * Forward, stage and backward pass of a batch. Without accumulation it also makes the step.
   *
   * @param chosen images that go through the stage, ascending
   * @param seed of what distortions, stage and mixing leave to chance on this batch, default 0
   * @param stops whether this process has been asked to stop
   * @returns also whether any of the processes has been asked to: all hear of it in the same step
   */
  run(
    batch: Batch,
    chosen: Int32Array,
    learningRate: number,
    seed?: number,
    stops?: boolean,
  ): BatchResult & { stops: boolean };
  /**
   * With accumulation: the step, with the mean gradient over all images since the last one.
   *
   * @returns how many steps were skipped: 0 or 1
   */
  update(learningRate: number): number;
  dispose(): void;
}
