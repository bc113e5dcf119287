import { setImmediate } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs-core';
import type { Batch } from '../data/index.js';
import { Failure, invalid } from '../errors.js';
import {
  balancedAccuracy,
  calibration,
  classScores,
  confusionMatrix,
  mean,
  type Calibration,
  type ClassScores,
  type Estimate,
} from '../metrics/index.js';
import type { Classifier, NetworkInput } from '../models/index.js';
import { compile } from '../tensorflow/index.js';
import { openResults } from './image-results.js';
import { remaining } from './remaining.js';
import { summarize } from './summary.js';
import type { EvaluationOptions, Protocol, Report } from './types.js';

/** What a network said about one image. */
export interface Answer {
  /** Class index of the image. */
  label: number;
  /** Class index of the highest logit, the first of equal ones. */
  predicted: number;
  /** Probability of the predicted class. */
  probability: number;
  labelProbability: number;
  /** Classes that are likelier than the label: 0 where the network is right. */
  rank: number;
  /** Cross entropy, in nats. */
  loss: number;
}

export interface AccuracyOptions extends Pick<
  EvaluationOptions,
  'batches' | 'seed' | 'folder' | 'files' | 'share' | 'about' | 'onProgress'
> {
  /** Network with one logit a class and softmax probabilities. */
  network: Classifier & Pick<NetworkInput, 'prepare' | 'size' | 'preprocessing'>;
  /** In the order of the network's outputs. */
  classNames: readonly string[];
  /** Bins of the calibration error. Default 15. */
  bins?: number;
  /** How many wrong images are named, most confident first. Default 24. */
  worst?: number;
}

/** A wrong answer. */
export interface WrongImage {
  image: string;
  label: string;
  predicted: string;
  probability: number;
  labelProbability: number;
}

export type AccuracyFigures = Record<'top1' | 'top5' | 'loss', Estimate | null>;

export interface AccuracyReport extends Report<AccuracyFigures> {
  /** Mean recall of the classes that have images. */
  balancedAccuracy: number;
  calibration: Calibration;
  /** The classes that have images or were predicted; all others are left out. */
  classes: (ClassScores & { class: string })[];
  /** The same classes: rows are labels, columns predictions. */
  confusion: number[][];
  /** Most confident first. */
  worst: WrongImage[];
}

/**
 * How often a network is right, as timm's validate.py: top-1, top-5 and cross entropy with their bootstrap intervals
 * over images; confusion, figures of each class, calibration, and the images that it is most wrong about. What an
 * earlier start in the same folder measured is not measured again.
 *
 * @throws InvalidInput for a network without softmax over two classes or more and for a label that is none of them;
 *   Failure where there is no image, or where logits are not finite; ShareMeasured in a share
 */
export async function accuracy(options: AccuracyOptions): Promise<AccuracyReport> {
  const {
    network,
    classNames,
    folder,
    files,
    share,
    about,
    onProgress,
    seed = 0,
    bins,
    worst = 24,
  } = options;
  if (network.classes < 2 || network.probability !== 'softmax')
    throw invalid('model', 'a network with softmax over two classes or more', network.notes);
  const protocol: Protocol = {
    metric: 'accuracy',
    ...about,
    preprocessing: network.preprocessing,
    interval: 'bootstrap percentiles over images, 95 %, 2000 resamples',
    seed,
  };
  const results = await openResults<Answer>({ folder, protocol, files, share });
  onProgress?.(results.count());
  const logitsOf = compile(
    (pixels: tf.Tensor4D) => network.logits(network.prepare(middle(pixels, network))),
    {
      name: 'accuracy',
    },
  );
  try {
    for await (const batch of remaining(options.batches, results.has)) {
      // Signals want a turn of the event loop; native calls leave none by themselves.
      await setImmediate();
      const logits = tf.tidy(() => logitsOf({ pixels: batch.pixels, shape: batch.shape }).arraySync());
      results.addAll(answers(logits, batch));
      onProgress?.(results.count());
    }
  } finally {
    logitsOf.dispose();
  }
  return { protocol, ...summary(await results.whole(), { classNames, seed, bins, worst }) };
}

type Result = { image: string; methods: Record<string, Answer> };

function answers(logits: readonly number[][], { files, labels }: Batch): Result[] {
  return files.map((image, index) => ({
    image,
    methods: { network: answer(logits[index]!, labels[index]!, image) },
  }));
}

/**
 * Reads one row of logits.
 *
 * @throws InvalidInput for a label that is no class, Failure for a logit that is not finite
 */
export function answer(logits: readonly number[], label: number, image: string): Answer {
  const own = logits[label];
  if (own === undefined) throw invalid(`label of ${image}`, `a class below ${logits.length}`, label);
  if (!logits.every(Number.isFinite))
    throw new Failure(
      `${image}: the network answers with values that are not finite numbers; its weights are no good`,
    );
  const highest = logits.reduce((most, logit) => Math.max(most, logit), -Infinity);
  const scale = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - highest), 0)) + highest;
  const predicted = logits.indexOf(highest);
  return {
    label,
    predicted,
    probability: Math.exp(highest - scale),
    labelProbability: Math.exp(own - scale),
    rank: logits.filter((logit, index) => logit > own || (logit === own && index < label)).length,
    loss: scale - own,
  };
}

function summary(
  results: readonly Result[],
  {
    classNames,
    seed,
    bins,
    worst,
  }: { classNames: readonly string[]; seed: number; bins?: number; worst: number },
): Omit<AccuracyReport, 'protocol'> {
  const all = results.map(({ methods }) => methods['network']!);
  const labels = all.map(({ label }) => label);
  const predictions = all.map(({ predicted }) => predicted);
  const seen = [...new Set([...labels, ...predictions])].sort((a, b) => a - b);
  const place = new Map(seen.map((index, at) => [index, at]));
  const places = (indices: readonly number[]): number[] => indices.map((index) => place.get(index)!);
  const confusion = confusionMatrix(places(labels), places(predictions), seen.length);
  const scores = classScores(confusion);
  const nameOf = (index: number): string => classNames[index] ?? String(index);
  const wrong = results
    .filter(({ methods }) => methods['network']!.rank > 0)
    .sort((a, b) => b.methods['network']!.probability - a.methods['network']!.probability)
    .slice(0, worst);
  return {
    ...summarize(
      results,
      {
        top1: (drawn: readonly Answer[]) => mean(drawn.map(({ rank }) => (rank < 1 ? 1 : 0))),
        top5: (drawn: readonly Answer[]) => mean(drawn.map(({ rank }) => (rank < 5 ? 1 : 0))),
        loss: (drawn: readonly Answer[]) => mean(drawn.map(({ loss }) => loss)),
      },
      { seed },
    ),
    balancedAccuracy: balancedAccuracy(scores),
    calibration: calibration(
      all.map(({ probability }) => probability),
      all.map(({ rank }) => rank < 1),
      bins,
    ),
    classes: scores.map((own, at) => ({ class: nameOf(seen[at]!), ...own })),
    confusion,
    worst: wrong.map(({ image, methods: { network } }) => ({
      image,
      label: nameOf(network!.label),
      predicted: nameOf(network!.predicted),
      probability: network!.probability,
      labelProbability: network!.labelProbability,
    })),
  };
}

/** What a network that is not square sees of the square that was read. */
function middle(pixels: tf.Tensor4D, { size: [height, width] }: Pick<NetworkInput, 'size'>): tf.Tensor4D {
  const [images, side, across, channels] = pixels.shape;
  if (height === side && width === across) return pixels;
  const [top, left] = [Math.floor((side - height) / 2), Math.floor((across - width) / 2)];
  return tf.slice(pixels, [0, top, left, 0], [images, height, width, channels]);
}
