import * as tf from '@tensorflow/tfjs-core';
import { invalid } from '../errors.js';
import { defaultChunk, scoreImages } from '../explain/index.js';
import { preparerOf } from './prepare.js';
import { mixSeeds, random, type Random } from '../random.js';
import { compile } from '../tensorflow/index.js';
import type { EvaluationOptions, Figures, Protocol, Report } from './types.js';
import { withControls } from './controls.js';
import { commonProtocol, eachImage, hostMaps, type TargetOf } from './each-image.js';
import { linearImputation, mean, rankPixels } from '../metrics/index.js';
import { meanOf, summarize } from './summary.js';

export interface RoadOptions extends EvaluationOptions {
  /** Default: the class that the network predicts for the whole image. */
  target?: TargetOf;
  /** Shares of the pixels that are removed, above 0 and below 1. Default .1 .2 .3 .4 .5 .7 .9 (Rong et al.). */
  shares?: readonly number[];
  /** Standard deviation of the noise on imputed pixels, of pixels in [0, 1]. Default 0.01. */
  noise?: number;
}

/** One image, one method. */
export interface Road {
  /** Mean over the shares of the class's probability, most relevant pixels removed: lower is better. */
  mostRelevantFirst: number;
  /** The same, least relevant pixels removed: higher is better. */
  leastRelevantFirst: number;
  /** leastRelevantFirst − mostRelevantFirst: higher is better. */
  difference: number;
  /** The probability after each share. */
  mostRelevantCurve: number[];
  leastRelevantCurve: number[];
}

const defaultShares = [0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9];

/**
 * ROAD, remove and debias: a share of the pixels is removed, most or least relevant first, and filled by noisy linear
 * imputation from what stays, so that the shape of the hole says little. Without retraining.
 *
 * @throws InvalidInput where a share or the noise is out of range
 * @see Rong et al. (2022), "A Consistent and Efficient Evaluation Strategy for Attribution Methods"
 */
export async function road(options: RoadOptions): Promise<
  Report<Record<'mostRelevantFirst' | 'leastRelevantFirst' | 'difference', Figures[string]>> & {
    curves: Record<string, { shares: readonly number[]; mostRelevant: number[]; leastRelevant: number[] }>;
  }
> {
  const { classifier, methods, target = 'predicted', chunk = defaultChunk, seed = 0 } = options;
  const { shares = defaultShares, noise = 0.01 } = options;
  const wrong = shares.length === 0 ? shares : shares.find((share) => !(share > 0 && share < 1));
  if (wrong !== undefined) throw invalid('shares', 'numbers above 0 and below 1', wrong);
  if (!(noise >= 0 && Number.isFinite(noise))) throw invalid('noise', 'a number, 0 or more', noise);
  const protocol: Protocol = {
    metric: 'road',
    target,
    score: `${classifier.probability} probability`,
    shares,
    imputation:
      'linear, 8 neighbors (1/6 beside, 1/12 across corners), plus Gaussian noise, on pixels in [0, 1]',
    noise,
    ...commonProtocol(options),
  };
  const prepare = preparerOf(options);
  const scoresOf = compile(
    (pixels: tf.Tensor4D, classes: tf.Tensor1D) =>
      tf.tidy(() => scoreImages(classifier, prepare(tf.mul(pixels, 255)), classes, chunk)),
    { name: 'ROAD', onNote: () => undefined },
  );
  try {
    const results = await eachImage<Road>(options, protocol, target, async (subjects, batch) => {
      const measured = subjects.files.map((): Record<string, Road> => ({}));
      const [, ...size] = batch.shape;
      const length = size.reduce((product, side) => product * side, 1);
      for (const method of withControls(methods, seed)) {
        const maps = await hostMaps(method, subjects);
        for (const [index, file] of subjects.files.entries()) {
          const next = random(mixSeeds(seed, ...Buffer.from(file)));
          const bytes = batch.pixels.subarray(index * length, (index + 1) * length);
          const pixels = Float32Array.from(bytes, (value) => value / 255);
          const altered = removals(pixels, maps[index]!, batch.shape[2], shares, noise, next);
          const copies = tf.tensor4d(altered, [2 * shares.length, ...size]);
          const classes = tf.tidy(() =>
            tf.tile(tf.slice(subjects.target, [index], [1]), [2 * shares.length]),
          );
          const scores = scoresOf(copies, classes);
          const probabilities = [...(await scores.data())];
          tf.dispose([copies, classes, scores]);
          measured[index]![method.name] = figures(probabilities);
        }
      }
      return measured;
    });
    const names = Object.keys(results[0]!.methods);
    const meanCurve = (method: string, curve: 'mostRelevantCurve' | 'leastRelevantCurve') =>
      shares.map((_, at) => mean(results.map((result) => result.methods[method]![curve][at]!)));
    return {
      protocol,
      ...summarize(
        results,
        {
          mostRelevantFirst: meanOf('mostRelevantFirst'),
          leastRelevantFirst: meanOf('leastRelevantFirst'),
          difference: meanOf('difference'),
        },
        options,
      ),
      curves: Object.fromEntries(
        names.map((name) => [
          name,
          {
            shares,
            mostRelevant: meanCurve(name, 'mostRelevantCurve'),
            leastRelevant: meanCurve(name, 'leastRelevantCurve'),
          },
        ]),
      ),
    };
  } finally {
    scoresOf.dispose();
  }
}

/** Copies of an image with each share removed, [2 · shares, H, W, C]: most relevant first, then least. */
function removals(
  pixels: Float32Array,
  map: Float32Array,
  width: number,
  shares: readonly number[],
  noise: number,
  next: Random,
): Float32Array {
  const order = rankPixels(map);
  const copies = new Float32Array(2 * shares.length * pixels.length);
  const channels = pixels.length / map.length;
  [order, order.slice().reverse()].forEach((ranked, direction) => {
    shares.forEach((share, index) => {
      const removed = new Uint8Array(map.length);
      for (const pixel of ranked.subarray(0, Math.round(share * map.length))) removed[pixel] = 1;
      const filled = linearImputation(pixels, removed, width);
      filled.forEach((value, at) => {
        if (removed[Math.floor(at / channels)]) filled[at] = value + noise * gaussian(next);
      });
      copies.set(filled, (direction * shares.length + index) * pixels.length);
    });
  });
  return copies;
}

function figures(probabilities: number[]): Road {
  const half = probabilities.length / 2;
  const mostRelevantCurve = probabilities.slice(0, half);
  const leastRelevantCurve = probabilities.slice(half);
  const [mostRelevantFirst, leastRelevantFirst] = [mean(mostRelevantCurve), mean(leastRelevantCurve)];
  const difference = leastRelevantFirst - mostRelevantFirst;
  return { mostRelevantFirst, leastRelevantFirst, difference, mostRelevantCurve, leastRelevantCurve };
}

/** A standard normal number (Box and Muller 1958). */
function gaussian(next: Random): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}
