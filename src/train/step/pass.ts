import * as tf from '@tensorflow/tfjs-core';
import { type Staged, stageSome } from '../../augment/index.js';
import { type Classifier, normalize, type Preprocessing } from '../../models/index.js';
import { colored, type DistortionDraws, erase } from './distort.js';
import type { BatchInputs } from './inputs.js';
import type { LossScale } from './loss-scale.js';
import { correctWithin } from './loss.js';
import { type Objective, objective } from './objective.js';
import { counted, counting, presence, tally } from './share.js';
import type { TrainingOptions } from './types.js';

/** What comes out of the forward and the backward pass of a batch. */
export interface Passed {
  /**
   * Sums: loss, weight, images that were right, zero maps, area of masks; where several processes train those of all,
   * and what each told.
   */
  figures: tf.Tensor1D;
  /** What the images of all processes count together. */
  weight: tf.Scalar;
  /** Of this process, one for each trained parameter, of the sum of the losses (in float16 scaled). */
  gradients: tf.Tensor[];
}

/**
 * Normalize, distort, stage (with the weights of this moment), forward and backward pass. To be traced by compile().
 *
 * @param scale of the loss, in float16
 */
export function trainingPass(
  classifier: Classifier,
  options: TrainingOptions,
  scale: LossScale | null,
): (inputs: BatchInputs) => Passed {
  const { labelSmoothing, consistency = 0, classWeights = null, ranks } = options;
  return ({ pixels, labels, stage: given, draws, own }) => {
    const images = prepared(pixels, options.preprocessing, draws.distortions);
    // Outside of the tape: a mask has no gradient.
    const some =
      options.stage && given
        ? {
            staged: stageSome(classifier, images, labels, given.chosen, options.stage, given),
            chosen: given.chosen,
          }
        : null;
    const whole = objective(
      images,
      labels,
      some,
      { labelSmoothing, consistency, classWeights },
      draws.mixing,
    );
    const aim = own ? counted(whole, own) : whole;
    const { logits, loss, gradients } = backward(classifier, aim, own, options, scale);
    const figures = figuresOf(aim, logits, loss, some?.staged);
    tf.dispose([logits, loss]);
    if (!ranks || !own) return { figures, weight: aim.weight, gradients };
    const [all] = ranks.sum([tally(figures, own)]) as [tf.Tensor1D];
    return { figures: all, weight: tf.reshape<tf.Rank.R0>(tf.slice(all, 1, 1), []), gradients };
  };
}

function prepared(
  pixels: tf.Tensor4D,
  preprocessing: Preprocessing,
  distortions: DistortionDraws | null,
): tf.Tensor4D {
  const normalized = normalize(distortions ? colored(pixels, distortions) : pixels, preprocessing);
  return distortions?.rectangles ? erase(normalized, distortions.rectangles) : normalized;
}

/** Logits and loss of the images, which the caller disposes, and the gradients of the trained parameters. */
function backward(
  classifier: Classifier,
  aim: Objective,
  own: tf.Tensor1D | null,
  { parameters: { trained, frozen }, ranks, syncNorm = false, dropPath = null }: TrainingOptions,
  scale: LossScale | null,
): { logits: tf.Tensor2D; loss: tf.Scalar; gradients: tf.Tensor[] } {
  const across = own && ranks && syncNorm ? { ranks: counting(ranks, own) } : {};
  const depth = dropPath === null ? {} : { dropPath };
  let logits: tf.Tensor2D | undefined;
  let loss: tf.Scalar | undefined;
  const { grads } = tf.variableGrads(
    () => {
      logits = tf.keep(classifier.trainingLogits(aim.images, { frozen, ...across, ...depth }));
      loss = tf.keep(aim.loss(logits));
      return scale ? scale.scaled(loss) : loss;
    },
    trained.map(({ variable }) => variable),
  );
  const found = trained.map(({ variable }) => grads[variable.name]!);
  // Synchronized batch norms send gradients back into what stands in for a share without images, too.
  const gradients = own && syncNorm ? found.map((each) => tf.mul(each, presence(own))) : found;
  return { logits: logits!, loss: loss!, gradients };
}

function figuresOf(aim: Objective, logits: tf.Tensor2D, loss: tf.Scalar, staged?: Staged): tf.Tensor1D {
  const zero = staged ? tf.sum(tf.cast(staged.zero, 'float32')) : tf.scalar(0);
  const area = staged ? tf.sum(tf.mean(staged.mask, [1, 2])) : tf.scalar(0);
  const correct = correctWithin(aim.labeled(logits), aim.labels, 1);
  return tf.stack([loss, aim.weight, correct, zero, area]) as tf.Tensor1D;
}
