import * as tf from '@tensorflow/tfjs-core';
import { type RandomInputs, randomInputsMaker, stageSome, type StageOptions } from '../../augment/index.js';
import { type Batch, boxMasks, type ListedBoxes } from '../../data/index.js';
import { type Classifier, normalize, type Preprocessing } from '../../models/index.js';
import {
  compile,
  type AcceptsPixels,
  type Precision,
  type Ranks,
  type ReduceOptions,
} from '../../tensorflow/index.js';
import {
  colored,
  type DistortionDraws,
  type Distortions,
  distorts,
  drawDistortions,
  erase,
} from './distort.js';
import { correctWithin } from './loss.js';
import { drawMixing, type MixDraws, mixes, type Mixing } from './mix.js';
import { areFinite, type LossScale, lossScale, type LossScaleOptions } from './loss-scale.js';
import { objective } from './objective.js';
import { optimizer, type OptimizerOptions, zerosFor } from './optimizer.js';
import type { Parameters } from './parameters.js';
import { counted, counting, presence, blankBatch, tally } from './share.js';

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

/** What a compiled pass is given for the stage; a type, since compile() looks into it. */
type StageArguments = { chosen: tf.Tensor1D; randomInputs: RandomInputs; boxes: tf.Tensor3D | null };

/** What a compiled pass is given of the draws for its batch. */
type Draws = { distortions: DistortionDraws | null; mixing: MixDraws | null };

/**
 * Builds the training step as compiled functions: normalize, stage (with the weights of this moment), forward pass,
 * backward pass and update are one native call, with the images going in as bytes.
 */
export function training(classifier: Classifier, options: TrainingOptions): Training {
  const { preprocessing, parameters, labelSmoothing, stage, precision, accumulates } = options;
  const { boxes = null, consistency = 0, classWeights = null, scaling, distortions, mixing } = options;
  const { ranks, wire, syncNorm = false, dropPath = null } = options;
  const { trained, frozen } = parameters;
  const variables = trained.map(({ variable }) => variable);
  const descent = optimizer(trained, options.optimizer);
  const sums = accumulates ? zerosFor(trained, 'gradient') : [];
  const scale = precision === 'float16' ? lossScale(scaling) : null;

  const pass = (
    pixels: tf.Tensor4D,
    labels: tf.Tensor1D,
    given: StageArguments | null,
    { distortions, mixing }: Draws,
    own: tf.Tensor1D | null,
  ) => {
    const normalized = normalize(distortions ? colored(pixels, distortions) : pixels, preprocessing);
    const images = distortions?.rectangles ? erase(normalized, distortions.rectangles) : normalized;
    // Outside of the tape: a mask has no gradient.
    const some = stage && given ? stagedBy(stage, images, labels, given) : null;
    const whole = objective(images, labels, some, { labelSmoothing, consistency, classWeights }, mixing);
    const aim = own ? counted(whole, own) : whole;
    let logits: tf.Tensor2D | undefined;
    let loss: tf.Scalar | undefined;
    const { grads } = tf.variableGrads(() => {
      const across = own && ranks && syncNorm ? { ranks: counting(ranks, own) } : {};
      const depth = dropPath === null ? {} : { dropPath };
      logits = tf.keep(classifier.trainingLogits(aim.images, { frozen, ...across, ...depth }));
      loss = tf.keep(aim.loss(logits));
      return scale ? scale.scaled(loss) : loss;
    }, variables);
    const zero = some ? tf.sum(tf.cast(some.staged.zero, 'float32')) : tf.scalar(0);
    const area = some ? tf.sum(tf.mean(some.staged.mask, [1, 2])) : tf.scalar(0);
    const correct = correctWithin(aim.labeled(logits!), aim.labels, 1);
    const figures = tf.stack([loss!, aim.weight, correct, zero, area]) as tf.Tensor1D;
    tf.dispose([logits!, loss!]);
    const found = trained.map(({ variable }) => grads[variable.name]!);
    // Synchronized batch norms send gradients back into what stands in for a share without images, too.
    const gradients = own && syncNorm ? found.map((each) => tf.mul(each, presence(own))) : found;
    if (!ranks || !own) return { figures, weight: aim.weight, gradients };
    const [all] = ranks.sum([tally(figures, own)]) as [tf.Tensor1D];
    return { figures: all, weight: tf.reshape<tf.Rank.R0>(tf.slice(all, 1, 1), []), gradients };
  };
  const stagedBy = (
    options: StageOptions,
    images: tf.Tensor4D,
    labels: tf.Tensor1D,
    { chosen, ...inputs }: StageArguments,
  ) => ({ staged: stageSome(classifier, images, labels, chosen, options, inputs), chosen });
  /** The step with the mean of sums over images that count so much together; in float16 it answers whether it was skipped, [1] of 0 or 1. */
  const descend = (own: tf.Tensor[], weight: tf.Scalar, learningRate: tf.Scalar) => {
    const gradients = ranks ? ranks.sum(own, wire ? { wire } : {}) : own;
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
      draws: Draws,
      own: tf.Tensor1D | null,
      learningRate: tf.Scalar,
    ) =>
      tf.tidy(() => {
        const { figures, weight, gradients } = pass(pixels, labels, given, draws, own);
        const skipped = descend(gradients, weight, learningRate);
        return skipped ? tf.concat([figures, skipped]) : figures;
      }),
    { precision, name: 'trainingStep' },
  );
  const accumulate = compile(
    (
      pixels: tf.Tensor4D,
      labels: tf.Tensor1D,
      given: StageArguments | null,
      draws: Draws,
      own: tf.Tensor1D | null,
    ) =>
      tf.tidy(() => {
        const { figures, gradients } = pass(pixels, labels, given, draws, own);
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
  let pending = 0;

  return {
    slots: descent.slots,
    lossScale: scale,
    run(share, chosen, learningRate, seed = 0, asked = false) {
      const batch = ranks && share.shape[0] === 0 ? blankBatch(share) : share;
      const { pixels, shape, labels, places } = batch;
      const withStage = stage !== null && chosen.length > 0;
      const told = [share.shape[0], withStage ? chosen.length : 0, Number(asked)];
      const [loss, weight, correct, zeroMaps, maskArea, ...others] = read(
        tf.tidy(() => {
          const given = withStage ? argumentsOf(batch, chosen, seed) : null;
          const draws: Draws = {
            distortions:
              distortions && distorts(distortions) ? drawDistortions(distortions, shape, seed, places) : null,
            mixing: mixing && mixes(mixing) ? drawMixing(mixing, shape, seed) : null,
          };
          const own = ranks ? tf.tensor1d(told) : null;
          const all = [{ pixels, shape }, tf.tensor1d(labels, 'int32'), given, draws, own] as const;
          return accumulates ? accumulate(...all) : single(...all, tf.scalar(learningRate));
        }),
      );
      pending += accumulates ? weight! : 0;
      const [images, staged, stops] = (ranks ? others.splice(0, told.length) : told) as [
        number,
        number,
        number,
      ];
      const [skippedSteps = 0] = others;
      return {
        images,
        weight: weight!,
        loss: loss!,
        correct: correct!,
        augmented: staged - zeroMaps!,
        zeroMaps: zeroMaps!,
        maskArea: maskArea!,
        skippedSteps,
        stops: stops > 0,
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
