import * as tf from '@tensorflow/tfjs-core';
import { type Chance, chanceMaker, stageSome, type StageOptions } from '../augment/index.js';
import { type Batch, boxMasks, type ListedBoxes } from '../data/index.js';
import { type Classifier, normalise, type Preprocessing } from '../models/index.js';
import { compile, type Pixels, type Precision } from '../tensorflow/index.js';
import { correctWithin } from './loss.js';
import { objective } from './objective.js';
import type { Parameters } from './parameters.js';
import { sgdStep, type SgdOptions } from './sgd.js';

export interface TrainingOptions {
  preprocessing: Preprocessing;
  parameters: Parameters;
  sgd: SgdOptions;
  labelSmoothing: number;
  /** The online stage; null trains on the images as they are. */
  stage: StageOptions | null;
  /** Annotated boxes of the training images, for stage method boxes. */
  boxes?: ListedBoxes | null;
  /**
   * Above 0 the network learns from the images as they are, and the staged ones add this weight times their
   * divergence from what it says of the images as they are. Default 0: it learns from the staged images.
   */
  consistency?: number;
  precision: Precision;
  /** Whether several batches make one step. */
  accumulates: boolean;
}

/** Sums over the images of a batch. */
export interface BatchResult {
  images: number;
  loss: number;
  correct: number;
  /** Images that went through the stage and changed. */
  augmented: number;
  /** Images that went through the stage and stayed as they are, since their map was zero. */
  zeroMaps: number;
  /** Sum of the mask areas (shares of an image) of the augmented images. */
  maskArea: number;
}

/** The training of one network. */
export interface Training {
  /** Momentum buffers, one for each trained parameter. */
  slots: tf.Variable[];
  /**
   * Forward, stage and backward pass of a batch. Without accumulation it also makes the step.
   *
   * @param chosen images that go through the stage, ascending
   * @param seed of what the stage leaves to chance on this batch, default 0
   */
  run(batch: Batch, chosen: Int32Array, learningRate: number, seed?: number): BatchResult;
  /** With accumulation: the step, with the mean gradient over all images since the last one. */
  update(learningRate: number): void;
  dispose(): void;
}

/** What a compiled pass is given for the stage; a type, since compile() looks into it. */
type StageArguments = { chosen: tf.Tensor1D; chance: Chance; boxes: Pixels | null };

/**
 * Builds the training step as compiled functions: normalise, stage (with the weights of this moment), forward pass,
 * backward pass and update are one native call, with the images going in as bytes.
 */
export function training(classifier: Classifier, options: TrainingOptions): Training {
  const { preprocessing, parameters, sgd, labelSmoothing, stage, precision, accumulates } = options;
  const { boxes = null, consistency = 0 } = options;
  const { trained, frozen } = parameters;
  const variables = trained.map(({ variable }) => variable);
  const zeros = (purpose: string): tf.Variable[] =>
    trained.map(({ variable, name }) =>
      tf.tidy(() => tf.variable(tf.zeros(variable.shape), false, unique(purpose, name))),
    );
  const slots = zeros('momentum');
  const sums = accumulates ? zeros('gradient') : [];

  const pass = (pixels: tf.Tensor4D, labels: tf.Tensor1D, given: StageArguments | null) => {
    const images = normalise(pixels, preprocessing);
    // Outside of the tape: a mask has no gradient.
    const some = stage && given ? stagedBy(stage, images, labels, given) : null;
    const aim = objective(images, labels, some, { labelSmoothing, consistency });
    let logits: tf.Tensor2D | undefined;
    const { value: loss, grads } = tf.variableGrads(() => {
      logits = tf.keep(classifier.trainingLogits(aim.images, { frozen }));
      return aim.loss(logits);
    }, variables);
    const zero = some ? tf.sum(tf.cast(some.staged.zero, 'float32')) : tf.scalar(0);
    const area = some ? tf.sum(tf.mean(some.staged.mask, [1, 2])) : tf.scalar(0);
    const figures = tf.stack([loss, correctWithin(aim.labelled(logits!), labels, 1), zero, area]);
    logits!.dispose();
    return { figures, gradients: trained.map(({ variable }) => grads[variable.name]!) };
  };
  const stagedBy = (
    options: StageOptions,
    images: tf.Tensor4D,
    labels: tf.Tensor1D,
    { chosen, chance, boxes }: StageArguments,
  ) => {
    // Inside of a compiled function bytes are a tensor.
    const inputs = { chance, boxes: boxes as unknown as tf.Tensor3D | null };
    return { staged: stageSome(classifier, images, labels, chosen, options, inputs), chosen };
  };
  const scaled = (gradients: tf.Tensor[], images: number | tf.Scalar): tf.Tensor[] =>
    gradients.map((gradient) => tf.div(gradient, images));

  const single = compile(
    (pixels: Pixels, labels: tf.Tensor1D, given: StageArguments | null, learningRate: tf.Scalar) =>
      tf.tidy(() => {
        const { figures, gradients } = pass(pixels as unknown as tf.Tensor4D, labels, given);
        sgdStep(trained, scaled(gradients, labels.shape[0]), slots, learningRate, sgd);
        return figures;
      }),
    { precision, name: 'trainingStep' },
  );
  const accumulate = compile(
    (pixels: Pixels, labels: tf.Tensor1D, given: StageArguments | null) =>
      tf.tidy(() => {
        const { figures, gradients } = pass(pixels as unknown as tf.Tensor4D, labels, given);
        sums.forEach((sum, index) => sum.assign(tf.add(sum, gradients[index]!)));
        return figures;
      }),
    { precision, name: 'accumulate' },
  );
  const update = compile(
    (images: tf.Scalar, learningRate: tf.Scalar) =>
      tf.tidy(() => {
        sgdStep(trained, scaled(sums, images), slots, learningRate, sgd);
        sums.forEach((sum) => sum.assign(tf.zeros(sum.shape)));
      }),
    { name: 'update' },
  );
  const chanceOf = stage && chanceMaker(classifier, stage);
  const argumentsOf = ({ shape, files, crops }: Batch, chosen: Int32Array, seed: number): StageArguments => ({
    chosen: tf.tensor1d(chosen, 'int32'),
    chance: chanceOf!(shape, chosen, seed),
    boxes: boxes && {
      pixels: boxMasks(boxes, files, crops, [shape[1], shape[2]]),
      shape: [shape[0], shape[1], shape[2]],
    },
  });
  let pending = 0;

  return {
    slots,
    run(batch, chosen, learningRate, seed = 0) {
      const { pixels, shape, labels } = batch;
      const withStage = stage !== null && chosen.length > 0;
      const [loss, correct, zeroMaps, maskArea] = read(
        tf.tidy(() => {
          const given = withStage ? argumentsOf(batch, chosen, seed) : null;
          const all = [{ pixels, shape }, tf.tensor1d(labels, 'int32'), given] as const;
          return accumulates ? accumulate(...all) : single(...all, tf.scalar(learningRate));
        }),
      );
      pending += accumulates ? shape[0] : 0;
      const augmented = withStage ? chosen.length - zeroMaps! : 0;
      return {
        images: shape[0],
        loss: loss!,
        correct: correct!,
        augmented,
        zeroMaps: zeroMaps!,
        maskArea: maskArea!,
      };
    },
    update(learningRate) {
      if (pending > 0) tf.tidy(() => update(tf.scalar(pending), tf.scalar(learningRate)));
      pending = 0;
    },
    dispose() {
      [single, accumulate, update].forEach((compiled) => compiled.dispose());
      tf.dispose([...slots, ...sums]);
    },
  };
}

/** Reads a small tensor and frees it. */
function read(tensor: tf.Tensor): number[] {
  const values = Array.from(tensor.dataSync());
  tensor.dispose();
  return values;
}

let made = 0;

/** tfjs wants names of variables to be unique in the process. */
function unique(purpose: string, name: string): string {
  return `${purpose}/${made++}/${name}`;
}
