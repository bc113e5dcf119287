import * as tf from '@tensorflow/tfjs-core';
import { defaultStage, methodAt, type StageCost, type StageOptions } from '../augment/index.js';
import type { Batch } from '../data/index.js';
import {
  classifier,
  normalize,
  resnet50,
  torchvisionPreprocessing,
  type Classifier,
} from '../models/index.js';
import { random } from '../random.js';
import { compile, type Precision } from '../tensorflow/index.js';
import { parametersOf, training, type Training } from '../train/index.js';
import { type BenchOptions, measure, settingOf, type Timing } from './measure.js';

/** Which stage stands before the training step. */
export type BenchStage = 'none' | StageCost;

const CLASSES = 1000;

/** Times a whole training step of ResNet-50 (bytes in, weights updated), with or without the stage. */
export async function benchTraining(options: BenchOptions, stage: BenchStage): Promise<Timing> {
  const timing = await timeTraining(options, stageOf(stage));
  return { ...timing, stage };
}

async function timeTraining(options: BenchOptions, stage: StageOptions | null): Promise<Timing> {
  const network = classifier(resnet50({ classes: CLASSES, inputSize: null }));
  const step = plainTraining(network, stage, options.computedIn);
  const batch = noiseBatch(options, CLASSES);
  const all = Int32Array.from({ length: options.batch }, (_, index) => index);
  const chosen = stage === null ? new Int32Array() : all;
  const run = (): void => void step.run(batch, chosen, 1e-4);
  const timing = await timed('train', options, run);
  step.dispose();
  return timing;
}

/**
 * Times the training step without the stage, with its cheap form and with the exact one; both also with the network
 * asked in bfloat16, where that is faster and the step itself is in float32.
 *
 * @param bfloat16 whether it is faster here
 */
export async function benchStage(options: BenchOptions, bfloat16: boolean): Promise<Timing[]> {
  const few = { ...options, repeats: Math.min(2, options.repeats) };
  const askings = bfloat16 && options.computedIn === 'float32' ? ([null, 'bfloat16'] as const) : [null];
  const none = await benchTraining(options, 'none');
  const timings = [{ ...none, timesTheStepWithout: 1 }];
  for (const cost of ['auto', 'exact'] as const) {
    for (const scoringPrecision of askings) {
      const stage = { ...stageOf(cost)!, scoringPrecision };
      const timing = await timeTraining(cost === 'exact' ? few : options, stage);
      timings.push({
        ...timing,
        stage: scoringPrecision ? `${cost}, asked in ${scoringPrecision}` : cost,
        timesTheStepWithout: timing.msPerImage / none.msPerImage,
      });
    }
  }
  return timings;
}

/** Times the forward pass of ResNet-50 in inference mode, bytes in, logits out. */
export async function benchForward(options: BenchOptions): Promise<Timing> {
  const network = classifier(resnet50({ classes: CLASSES, inputSize: null }));
  const forward = forwardPass(network, options.computedIn);
  const { pixels, shape } = noiseBatch(options, CLASSES);
  const run = (): void => void tf.tidy(() => forward({ pixels, shape }).dataSync());
  const timing = await timed('forward', options, run);
  forward.dispose();
  return timing;
}

function timed(what: string, options: BenchOptions, run: () => void): Promise<Timing> {
  const { batch, repeats } = options;
  return measure(what, { images: batch, repeats, setting: settingOf(options) }, run);
}

function stageOf(stage: BenchStage): StageOptions | null {
  return stage === 'none' ? null : { ...defaultStage, method: methodAt(stage, defaultStage.method) };
}

/** A forward pass in inference mode: bytes in, logits out. */
export function forwardPass(network: Classifier, precision: Precision) {
  return compile(
    (pixels: tf.Tensor4D) => tf.tidy(() => network.logits(normalize(pixels, torchvisionPreprocessing))),
    { precision, name: 'forward' },
  );
}

/** SGD with momentum and weight decay on every weight of a network. */
export function plainTraining(
  network: Classifier,
  stage: StageOptions | null,
  precision: Precision,
): Training {
  return training(network, {
    preprocessing: torchvisionPreprocessing,
    parameters: parametersOf(network.model, {
      freeze: [],
      freezeNorm: false,
      decayNormAndBias: true,
      headFactor: 1,
    }),
    optimizer: { name: 'sgd', momentum: 0.9, nesterov: false, weightDecay: 1e-4, clipNorm: null },
    labelSmoothing: 0,
    stage,
    precision,
    accumulates: false,
  });
}

/** Seeded noise as images: time does not depend on what they show. */
export function noiseBatch({ batch, size }: Pick<BenchOptions, 'batch' | 'size'>, classes: number): Batch {
  const next = random(1);
  return {
    number: 0,
    pixels: Uint8Array.from({ length: batch * size * size * 3 }, () => 256 * next()),
    shape: [batch, size, size, 3],
    labels: Int32Array.from({ length: batch }, (_, index) => index % classes),
    files: [],
    crops: [],
  };
}
