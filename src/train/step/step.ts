import * as tf from '@tensorflow/tfjs-core';
import { type RandomInputs, randomInputsMaker, stageSome, type StageOptions } from '../../augment/index.js';
import { type Batch, boxMasks, type ListedBoxes } from '../../data/index.js';
import { type Classifier, normalize, type Preprocessing } from '../../models/index.js';
import { compile, type AcceptsPixels, type Precision } from '../../tensorflow/index.js';
import {
  colorJitter,
  type DistortionDraws,
  type Distortions,
  distorts,
  drawDistortions,
  erase,
} from './distort.js';
import { correctWithin } from './loss.js';
import { areFinite, type LossScale, lossScale, type LossScaleOptions } from './loss-scale.js';
import { objective } from './objective.js';
import { optimizer, type OptimizerOptions, zerosFor } from './optimizer.js';
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
}

/** Sums over the images of a batch. */
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
   * @param seed of what distortions and stage leave to chance on this batch, default 0
   */
  run(batch: Batch, chosen: Int32Array, learningRate: number, seed?: number): BatchResult;
  /**
   * With accumulation: the step, with the mean gradient over all images since the last one.
   *
   * @returns how many steps were skipped: 0 or 1
   */
  update(learningRate: number): number;
  dispose(): void;
}

/** What a compiled pass is given for the stage; a type, since compile() looks into it. */
type StageArguments = { chosen: tf.Tensor1D; randomInputs: RandomInputs; boxes: tf.Tensor3D | null };

const undistorted: DistortionDraws = { factors: undefined, rectangles: undefined };

/**
 * Builds the training step as compiled functions: normalize, stage (with the weights of this moment), forward pass,
 * backward pass and update are one native call, with the images going in as bytes.
 */
export function training(classifier: Classifier, options: TrainingOptions): Training {
  const { preprocessing, parameters, labelSmoothing, stage, precision, accumulates } = options;
  const {
    boxes = null,
    consistency = 0,
    classWeights = null,
    scaling,
    distortions,
    dropPath = null,
  } = options;
  const { trained, frozen } = parameters;
  const variables = trained.map(({ variable }) => variable);
  const descent = optimizer(trained, options.optimizer);
  const sums = accumulates ? zerosFor(trained, 'gradient') : [];
  const scale = precision === 'float16' ? lossScale(scaling) : null;

  const pass = (
    pixels: tf.Tensor4D,
    labels: tf.Tensor1D,
    given: StageArguments | null,
    { factors, rectangles }: DistortionDraws,
  ) => {
    const colored = factors ? colorJitter(tf.cast(pixels, 'float32'), factors) : pixels;
    const normalized = normalize(colored, preprocessing);
    const images = rectangles ? erase(normalized, rectangles) : normalized;
    // Outside of the tape: a mask has no gradient.
    const some = stage && given ? stagedBy(stage, images, labels, given) : null;
    const aim = objective(images, labels, some, { labelSmoothing, consistency, classWeights });
    let logits: tf.Tensor2D | undefined;
    let loss: tf.Scalar | undefined;
    const { grads } = tf.variableGrads(() => {
      logits = tf.keep(
        classifier.trainingLogits(aim.images, { frozen, ...(dropPath !== null && { dropPath }) }),
      );
      loss = tf.keep(aim.loss(logits));
      return scale ? scale.scaled(loss) : loss;
    }, variables);
    const zero = some ? tf.sum(tf.cast(some.staged.zero, 'float32')) : tf.scalar(0);
    const area = some ? tf.sum(tf.mean(some.staged.mask, [1, 2])) : tf.scalar(0);
    const correct = correctWithin(aim.labeled(logits!), labels, 1);
    const figures = tf.stack([loss!, aim.weight, correct, zero, area]);
    tf.dispose([logits!, loss!]);
    return { figures, weight: aim.weight, gradients: trained.map(({ variable }) => grads[variable.name]!) };
  };
  const stagedBy = (
    options: StageOptions,
    images: tf.Tensor4D,
    labels: tf.Tensor1D,
    { chosen, ...inputs }: StageArguments,
  ) => ({ staged: stageSome(classifier, images, labels, chosen, options, inputs), chosen });
  /** The step with the mean of sums over images that count so much together; in float16 it answers whether it was skipped, [1] of 0 or 1. */
  const descend = (gradients: tf.Tensor[], weight: tf.Scalar, learningRate: tf.Scalar) => {
    if (!scale) {
      const mean = gradients.map((gradient) => tf.div(gradient, weight));
      descent.step(mean, learningRate);
      return undefined;
    }
    const mean = scale.unscaled(gradients, weight);
    const finite = areFinite(mean);
    descent.step(mean, learningRate, finite);
    scale.adjust(finite);
    return tf.cast(tf.reshape(tf.logicalNot(finite), [1]), 'float32');
  };

  const single = compile(
    (
      pixels: tf.Tensor4D,
      labels: tf.Tensor1D,
      given: StageArguments | null,
      draws: DistortionDraws,
      learningRate: tf.Scalar,
    ) =>
      tf.tidy(() => {
        const { figures, weight, gradients } = pass(pixels, labels, given, draws);
        const skipped = descend(gradients, weight, learningRate);
        return skipped ? tf.concat([figures, skipped]) : figures;
      }),
    { precision, name: 'trainingStep' },
  );
  const accumulate = compile(
    (pixels: tf.Tensor4D, labels: tf.Tensor1D, given: StageArguments | null, draws: DistortionDraws) =>
      tf.tidy(() => {
        const { figures, gradients } = pass(pixels, labels, given, draws);
        sums.forEach((sum, index) => sum.assign(tf.add(sum, gradients[index]!)));
        return figures;
      }),
    { precision, name: 'accumulate' },
  );
  const update = compile(
    (weight: tf.Scalar, learningRate: tf.Scalar) =>
      tf.tidy(() => {
        const skipped = descend(sums, weight, learningRate);
        sums.forEach((sum) => sum.assign(tf.zeros(sum.shape)));
        return skipped;
      }),
    { name: 'update' },
  );
  const randomInputsOf = stage && randomInputsMaker(classifier, stage);
  const argumentsOf = (
    { shape, files, crops }: Batch,
    chosen: Int32Array,
    seed: number,
  ): AcceptsPixels<StageArguments> => ({
    chosen: tf.tensor1d(chosen, 'int32'),
    randomInputs: randomInputsOf!(shape, chosen, seed),
    boxes: boxes && {
      pixels: boxMasks(boxes, files, crops, [shape[1], shape[2]]),
      shape: [shape[0], shape[1], shape[2]],
    },
  });
  let pending = 0;

  return {
    slots: descent.slots,
    lossScale: scale,
    run(batch, chosen, learningRate, seed = 0) {
      const { pixels, shape, labels } = batch;
      const withStage = stage !== null && chosen.length > 0;
      const [loss, weight, correct, zeroMaps, maskArea, skippedSteps = 0] = read(
        tf.tidy(() => {
          const given = withStage ? argumentsOf(batch, chosen, seed) : null;
          const draws =
            distortions && distorts(distortions) ? drawDistortions(distortions, shape, seed) : undistorted;
          const all = [{ pixels, shape }, tf.tensor1d(labels, 'int32'), given, draws] as const;
          return accumulates ? accumulate(...all) : single(...all, tf.scalar(learningRate));
        }),
      );
      pending += accumulates ? weight! : 0;
      const augmented = withStage ? chosen.length - zeroMaps! : 0;
      return {
        images: shape[0],
        weight: weight!,
        loss: loss!,
        correct: correct!,
        augmented,
        zeroMaps: zeroMaps!,
        maskArea: maskArea!,
        skippedSteps,
      };
    },
    update(learningRate) {
      if (pending === 0) return 0;
      const skipped = tf.tidy(() => update(tf.scalar(pending), tf.scalar(learningRate)));
      pending = 0;
      return skipped ? read(skipped)[0]! : 0;
    },
    dispose() {
      [single, accumulate, update].forEach((compiled) => compiled.dispose());
      tf.dispose([...descent.slots, ...sums]);
      scale?.dispose();
    },
  };
}

/** Reads a small tensor and frees it. */
function read(tensor: tf.Tensor): number[] {
  const values = Array.from(tensor.dataSync());
  tensor.dispose();
  return values;
}
