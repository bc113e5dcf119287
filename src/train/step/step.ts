import * as tf from '@tensorflow/tfjs-core';
import type { Classifier } from '../../models/index.js';
import { compile } from '../../tensorflow/index.js';
import { descent } from './descent.js';
import { type BatchInputs, batchInputs } from './inputs.js';
import { lossScale } from './loss-scale.js';
import { zerosFor } from './optimizer.js';
import { trainingPass } from './pass.js';
import { blankBatch } from './share.js';
import type { Training, TrainingOptions } from './types.js';

/**
 * Builds the training step as compiled functions: a pass over the batch (stage, forward, backward) and the update are
 * one native call, with the images going in as bytes. With accumulation they are two: each batch adds its gradients to
 * sums, and the update takes these.
 */
export function training(classifier: Classifier, options: TrainingOptions): Training {
  const { parameters, precision, accumulates, ranks } = options;
  const scale = precision === 'float16' ? lossScale(options.scaling) : null;
  const { slots, step } = descent(options, scale);
  const sums = accumulates ? zerosFor(parameters.trained, 'gradient') : [];
  const pass = trainingPass(classifier, options, scale);
  const inputsOf = batchInputs(classifier, options);

  const single = compile(
    (inputs: BatchInputs, learningRate: tf.Scalar) =>
      tf.tidy(() => {
        const { figures, weight, gradients } = pass(inputs);
        const skipped = step(gradients, weight, learningRate);
        return skipped ? tf.concat([figures, skipped]) : figures;
      }),
    { precision, name: 'trainingStep' },
  );
  const accumulate = compile(
    (inputs: BatchInputs) =>
      tf.tidy(() => {
        const { figures, gradients } = pass(inputs);
        sums.forEach((sum, index) => sum.assign(tf.add(sum, gradients[index]!)));
        return figures;
      }),
    { precision, name: 'accumulate' },
  );
  const update = compile(
    (weight: tf.Scalar, learningRate: tf.Scalar) =>
      tf.tidy(() => {
        const skipped = step(sums, weight, learningRate);
        sums.forEach((sum) => sum.assign(tf.zeros(sum.shape)));
        return skipped;
      }),
    { name: 'update' },
  );
  let pending = 0;

  return {
    slots,
    lossScale: scale,
    run(share, chosen, learningRate, seed = 0, asked = false) {
      const batch = ranks && share.shape[0] === 0 ? blankBatch(share) : share;
      const told = [share.shape[0], options.stage ? chosen.length : 0, Number(asked)];
      const [loss, weight, correct, zeroMaps, maskArea, ...others] = read(
        tf.tidy(() => {
          const inputs = inputsOf(batch, chosen, seed, ranks ? told : null);
          return accumulates ? accumulate(inputs) : single(inputs, tf.scalar(learningRate));
        }),
      );
      pending += accumulates ? weight! : 0;
      const [images, staged, stops] = ranks ? others.splice(0, told.length) : told;
      const [skippedSteps = 0] = others;
      return {
        images: images!,
        weight: weight!,
        loss: loss!,
        correct: correct!,
        augmented: staged! - zeroMaps!,
        zeroMaps: zeroMaps!,
        maskArea: maskArea!,
        skippedSteps,
        stops: stops! > 0,
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
      tf.dispose([...slots, ...sums]);
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
