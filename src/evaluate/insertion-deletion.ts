import * as tf from '@tensorflow/tfjs-core';
import { defaultBlur, defaultChunk } from '../explain/index.js';
import { compile } from '../tensorflow/index.js';
import type { EvaluationOptions, Figures, Protocol, Report } from './types.js';
import { withControls } from './controls.js';
import { commonProtocol, eachImage, hostMaps, type TargetOf } from './each-image.js';
import type { ImageResult } from './image-results.js';
import { inFill, type InFill } from './in-fill.js';
import { areaUnderCurve, mean, placesOf, rankPixels } from '../metrics/index.js';
import { perturbationScores } from './perturbation.js';
import { meanOf, summarize } from './summary.js';

export interface InsertionDeletionOptions extends EvaluationOptions {
  /** Default: the class that the network predicts. */
  target?: TargetOf;
  /** Pixels a step. Default: eight rows (the paper's 224 × 8 at 224 pixels). */
  pixelsPerStep?: number;
  /** What pixels are inserted into. Default: the image blurred with 51 taps, sigma 50. */
  insertionFill?: InFill;
  /** What deleted pixels become. Default: the same blur. */
  deletionFill?: InFill;
}

/** One image, one method. */
export interface InsertionDeletion {
  /** Area under the insertion curve, in [0, 1]: higher is better. */
  insertion: number;
  /** Area under the deletion curve, in [0, 1]: lower is better. */
  deletion: number;
  /** insertion − deletion. */
  overall: number;
  insertionCurve: number[];
  deletionCurve: number[];
}

export interface InsertionDeletionReport extends Report<
  Record<'insertion' | 'deletion' | 'overall', Figures[string]>
> {
  /** Mean curves over all images: the probability after each step, from no pixel to all. */
  curves: Record<string, { insertion: number[]; deletion: number[] }>;
}

/**
 * Insertion and deletion (Eq. and Table 1 of the paper): how fast the class's probability rises while the most salient
 * pixels are put back, and falls while they are taken away; areas under both curves.
 *
 * @see Petsiuk, Das & Saenko (2018), "RISE: Randomized Input Sampling for Explanation of Black-box Models"
 */
export async function insertionDeletion(options: InsertionDeletionOptions): Promise<InsertionDeletionReport> {
  const {
    classifier,
    preprocessing,
    methods,
    target = 'predicted',
    chunk = defaultChunk,
    seed = 0,
  } = options;
  const { pixelsPerStep = 8 * preprocessing.crop } = options;
  const { insertionFill = { kind: 'blur', ...defaultBlur } } = options;
  const { deletionFill = insertionFill } = options;
  const protocol: Protocol = {
    metric: 'insertion-deletion',
    target,
    score: `${classifier.probability} probability`,
    pixelsPerStep,
    insertionFill,
    deletionFill,
    area: 'trapezoidal rule over [0, 1]; overall = insertion − deletion',
    order: 'stable, most salient first; ties in row-major order',
    ...commonProtocol(options),
  };
  const curvesOf = compile(
    (images: tf.Tensor4D, places: tf.Tensor3D, classes: tf.Tensor1D) =>
      tf.tidy(() => {
        const settings = { pixelsPerStep, chunk };
        const start = inFill(images, insertionFill);
        const end = inFill(images, deletionFill);
        return {
          insertion: perturbationScores(classifier, start, images, places, classes, settings),
          deletion: perturbationScores(classifier, images, end, places, classes, settings),
        };
      }),
    { name: 'insertion and deletion', onNote: () => undefined },
  );
  try {
    const results = await eachImage<InsertionDeletion>(options, protocol, target, async (subjects) => {
      const measured = subjects.files.map((): Record<string, InsertionDeletion> => ({}));
      for (const method of withControls(methods, seed)) {
        const maps = await hostMaps(method, subjects);
        const places = tf.tensor3d(
          joined(maps.map((map) => placesOf(rankPixels(map)))),
          shapeOf(subjects.images),
          'int32',
        );
        const curves = curvesOf(subjects.images, places, subjects.target);
        const [insertion, deletion] = await Promise.all([curves.insertion.array(), curves.deletion.array()]);
        tf.dispose([places, curves.insertion, curves.deletion]);
        measured.forEach((row, image) => (row[method.name] = areas(insertion[image]!, deletion[image]!)));
      }
      return measured;
    });
    return {
      protocol,
      ...summarize(results, areaFigures, options),
      curves: meanCurves(results),
    };
  } finally {
    curvesOf.dispose();
  }
}

const areaFigures = {
  insertion: meanOf('insertion'),
  deletion: meanOf('deletion'),
  overall: meanOf('overall'),
};

/** The areas under an image's curves. */
function areas(insertionCurve: number[], deletionCurve: number[]): InsertionDeletion {
  const [insertion, deletion] = [areaUnderCurve(insertionCurve), areaUnderCurve(deletionCurve)];
  return { insertion, deletion, overall: insertion - deletion, insertionCurve, deletionCurve };
}

function meanCurves(results: readonly ImageResult<InsertionDeletion>[]): InsertionDeletionReport['curves'] {
  const meanOf = (curves: number[][]) =>
    curves[0]!.map((_, step) => mean(curves.map((curve) => curve[step]!)));
  return Object.fromEntries(
    Object.keys(results[0]!.methods).map((method) => [
      method,
      {
        insertion: meanOf(results.map((result) => result.methods[method]!.insertionCurve)),
        deletion: meanOf(results.map((result) => result.methods[method]!.deletionCurve)),
      },
    ]),
  );
}

function shapeOf(images: tf.Tensor4D): [number, number, number] {
  return images.shape.slice(0, 3) as [number, number, number];
}

function joined(parts: Int32Array[]): Int32Array {
  const all = new Int32Array(parts.length * parts[0]!.length);
  parts.forEach((part, index) => all.set(part, index * part.length));
  return all;
}
