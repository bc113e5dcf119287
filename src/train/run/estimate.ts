import * as tf from '@tensorflow/tfjs-core';
import { probeStageOptions, passesOf } from '../../augment/index.js';
import { compile } from '../../tensorflow/index.js';
import { type RunNetwork, stageOf } from './prepare.js';
import type { Recipe } from '../recipe/index.js';
import type { Parameters } from '../step/index.js';
import { memoryNeeded } from './memory-needed.js';
import { BACKWARD } from './passes.js';
import { sideToTry } from './side-to-try.js';
import { validationCount } from './validations.js';

/** What a run will take, roughly. */
export interface Estimate {
  /** Of the whole run, seconds; null where no native runtime is there to measure on. */
  seconds: number | null;
  /** Peak memory of the process, bytes. */
  bytes: number;
}

/**
 * Times a few forward passes and multiplies: a training step is about three and a half of them; the stage's are counted
 * (Group-CAM: one for each query and two more).
 */
export function estimate(
  recipe: Recipe,
  network: RunNetwork,
  parameters: Parameters,
  images: { train: number; val: number },
): Estimate {
  const { stage, data, schedule, log } = recipe;
  const options = stageOf(recipe);
  // With consistency the staged images are learned from beside the others.
  const stagePasses = passesOf(options) + (stage.consistency > 0 ? 1 + BACKWARD : 0);
  const stagedEpochs = Math.max(0, schedule.epochs - stage.start) / schedule.epochs;
  const staged = stage.enabled ? stage.probability * stagePasses * stagedEpochs : 0;
  const passes = 1 + BACKWARD + staged;
  const probe = log.saliency ? log.probe.images * (passesOf(probeStageOptions(options)) + 1) : 0;
  const total = schedule.epochs * (images.train * passes + probe) + validationCount(schedule) * images.val;
  return {
    seconds: tf.getBackend() === 'tensorflow' ? total * secondsForward(network, data.size) : null,
    bytes: memoryNeeded(recipe, network.model, parameters),
  };
}

function secondsForward({ classifier, model }: RunNetwork, size: number): number {
  const side = sideToTry(model, size);
  const images = tf.zeros<tf.Rank.R4>([4, side, side, 3]);
  const forward = compile((x: tf.Tensor4D) => tf.tidy(() => classifier.logits(x)), { name: 'estimate' });
  const times = [0, 1, 2].map(() => {
    const started = performance.now();
    tf.tidy(() => forward(images).dataSync());
    return (performance.now() - started) / 1000 / images.shape[0];
  });
  forward.dispose();
  images.dispose();
  // The first call traces. From some size on, time grows with the pixels.
  return Math.min(...times.slice(1)) * (size / side) ** 2;
}
