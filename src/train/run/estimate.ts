import * as tf from '@tensorflow/tfjs-core';
import { probeStageOptions, passesOf } from '../../augment/index.js';
import { compile } from '../../tensorflow/index.js';
import { type RunNetwork, stageOf } from './prepare.js';
import type { Recipe } from '../recipe/index.js';
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

/** Activations that the backward pass keeps, bytes an input pixel, measured on ResNet-50. */
const BYTES_A_PIXEL = 1900;
const PROCESS_BYTES = 600e6;

/**
 * Times a few forward passes and multiplies: a training step is about three and a half of them; the stage's are counted
 * (Group-CAM: one for each query and two more).
 */
export function estimate(
  recipe: Recipe,
  network: RunNetwork,
  images: { train: number; val: number },
): Estimate {
  const { stage, data, schedule, log, optimizer } = recipe;
  const options = stageOf(recipe);
  // With consistency the staged images are learned from beside the others.
  const stagePasses = passesOf(options) + (stage.consistency > 0 ? 1 + BACKWARD : 0);
  const stagedEpochs = Math.max(0, schedule.epochs - stage.start) / schedule.epochs;
  const staged = stage.enabled ? stage.probability * stagePasses * stagedEpochs : 0;
  const passes = 1 + BACKWARD + staged;
  const probe = log.saliency ? log.probe.images * (passesOf(probeStageOptions(options)) + 1) : 0;
  const total = schedule.epochs * (images.train * passes + probe) + validationCount(schedule) * images.val;
  const parameters = network.model.countParams();
  const copies =
    3 +
    (recipe.model.ema === null ? 0 : 1) +
    (optimizer.name === 'adamw' ? 1 : 0) +
    (optimizer.accumulate > 1 ? 1 : 0);
  const twice = stage.enabled && stage.consistency > 0 ? 1 + stage.probability : 1;
  const inFlight = Math.max(data.batchSize * twice, stage.enabled ? stage.chunk / 2 : 0);
  return {
    seconds: tf.getBackend() === 'tensorflow' ? total * secondsForward(network, data.size) : null,
    bytes: PROCESS_BYTES + 4 * parameters * copies + inFlight * data.size ** 2 * BYTES_A_PIXEL,
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
