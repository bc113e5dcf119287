import * as tf from '@tensorflow/tfjs-core';
import type { Batch, Box, BoxSet } from '../data/index.js';
import { invalid } from '../errors.js';
import { defaultChunk } from '../explain/index.js';
import type { EvaluationOptions, Figures, Protocol, Report } from './types.js';
import { withControls } from './controls.js';
import { commonProtocol, eachImage, hostMaps, type ExplainedBatch } from './each-image.js';
import { summarize, type Statistic } from './summary.js';
import { unitRange } from '../report/index.js';
import {
  aboveMean,
  energyInside,
  hits,
  inView,
  maskIoU,
  mean,
  mostSalientPixel,
  rectanglesMask,
  type Rectangle,
} from '../metrics/index.js';

export interface PointingGameOptions extends EvaluationOptions {
  /** The objects. A batch's label is the number of the image in this list. */
  boxes: BoxSet;
  /**
   * The class of the network that is an object category, or undefined for none (its objects are passed over).
   * 'predicted' explains the network's own choice, and any object counts: for networks that know other classes.
   */
  classOf: ((category: string) => number | undefined) | 'predicted';
  /** Distance to a box in pixels of the view that is no hit any more. Default 15. */
  tolerance?: number;
}

/** One image, one method, one category of object. */
export interface Pointing {
  category: number;
  /** The target's boxes fill less than a quarter of the image, and there is another category too (Zhang et al.). */
  difficult: boolean;
  /** The most salient pixel is in a box: 1, else 0. */
  inside: number;
  /** It is in a box or nearer than the tolerance to one: 1, else 0. */
  tolerant: number;
  /** Share of the map's sum inside the boxes; null for a constant map. */
  energy: number | null;
  /** Intersection over union of the map's mask (above its mean) and the boxes. */
  maskIoU: number | null;
}

export type PointingFigure =
  'inside' | 'tolerant' | 'energy' | 'maskIoU' | 'insideDifficult' | 'tolerantDifficult';

export type PointingGameReport = Report<Record<PointingFigure, Figures[string]>>;

/** One category of objects in the view of an image. */
interface Target {
  category: number;
  rectangles: Rectangle[];
  difficult: boolean;
}

/** Category of all objects together, where the network's own choice is explained. */
const anyCategory = -1;

/**
 * The pointing game on boxes: how often the most salient pixel for a category lies on an object of that category.
 * Every figure is the mean over the categories of its mean over their images, as in the paper; regions that COCO
 * marks as crowds are left out.
 *
 * @throws InvalidInput where no category is a class of the network
 * @see Zhang et al. (2018), "Top-down Neural Attention by Excitation Backprop"
 */
export async function pointingGame(options: PointingGameOptions): Promise<PointingGameReport> {
  const { methods, boxes, classOf, tolerance = 15, chunk = defaultChunk, seed = 0 } = options;
  const classes = classesOf(boxes, classOf);
  const protocol: Protocol = {
    metric: 'pointing-game',
    target:
      classOf === 'predicted'
        ? 'the predicted class; any object counts'
        : `each category present (${classes.filter((index) => index !== undefined).length} known to the network)`,
    tolerance: `less than ${tolerance} pixels of the view`,
    difficult: 'boxes of the category below a quarter of the view, another category present',
    average: 'mean over categories of the mean over images',
    crowds: 'left out',
    ...commonProtocol(options),
  };
  const results = await eachImage<Pointing[]>(options, protocol, 'predicted', async (subjects, batch) => {
    const targets = batch.files.map((_, index) =>
      targetsIn(batch, index, boxes, classOf === 'predicted', classes),
    );
    const pairs = targets.flatMap((list, image) => list.map((target) => ({ image, target })));
    const measured = batch.files.map((): Record<string, Pointing[]> => ({}));
    for (const method of withControls(methods, seed)) {
      for (const row of measured) row[method.name] = [];
      for (let start = 0; start < pairs.length; start += chunk) {
        const some = pairs.slice(start, start + chunk);
        const chosen = gather(subjects, some, classes);
        try {
          const maps = await hostMaps(method, chosen);
          some.forEach(({ image, target }, index) => {
            measured[image]![method.name]!.push(pointing(maps[index]!, batch.shape, target, tolerance));
          });
        } finally {
          tf.dispose([chosen.images, chosen.target]);
        }
      }
    }
    return measured;
  });
  return { protocol, ...summarize(results, pointingFigures, options) };
}

/** The network's class of each category. */
function classesOf(
  { categories, images }: BoxSet,
  classOf: PointingGameOptions['classOf'],
): (number | undefined)[] {
  const classes = categories.map((name) => (classOf === 'predicted' ? undefined : classOf(name)));
  const present = new Set(images.flatMap(({ boxes }) => boxes.map(({ category }) => category)));
  if (classOf !== 'predicted' && ![...present].some((category) => classes[category] !== undefined)) {
    const fix = 'or explain the predicted class (--target predicted)';
    throw invalid('categories', 'at least one that is a class of the network', categories.slice(0, 8), fix);
  }
  return classes;
}

/** The categories that are played for in an image. */
function targetsIn(
  { labels, crops, shape: [, height, width] }: Batch,
  index: number,
  { images }: BoxSet,
  anyObject: boolean,
  classes: (number | undefined)[],
): Target[] {
  const boxes = images[labels[index]!]!.boxes.filter(({ crowd }) => !crowd);
  const seen = boxes.flatMap((box) => {
    const rectangle = inView(rectangleOf(box), crops[index]!, { width, height });
    return rectangle ? [{ category: box.category, rectangle }] : [];
  });
  const present = [...new Set(seen.map(({ category }) => category))].sort((a, b) => a - b);
  const played = anyObject
    ? seen.length > 0
      ? [anyCategory]
      : []
    : present.filter((one) => classes[one] !== undefined);
  return played.map((category) => {
    const rectangles = seen
      .filter((one) => anyObject || one.category === category)
      .map(({ rectangle }) => rectangle);
    const share = mean([...rectanglesMask(rectangles, width, height)]);
    return { category, rectangles, difficult: share < 0.25 && present.length > 1 };
  });
}

function rectangleOf({ left, top, width, height }: Box): Rectangle {
  return { left, top, right: left + width, bottom: top + height };
}

/** The images of some pairs, each with the class that is explained. */
function gather(
  { images, target, files }: ExplainedBatch,
  pairs: { image: number; target: Target }[],
  classes: (number | undefined)[],
): ExplainedBatch {
  const rows = tf.tensor1d(
    Int32Array.from(pairs, ({ image }) => image),
    'int32',
  );
  const given = pairs.map(({ target: { category } }) => classes[category]);
  const chosen = tf.tidy(() => ({
    images: tf.gather(images, rows),
    // With the predicted class no category has one of its own.
    target: given.includes(undefined) ? tf.gather(target, rows) : tf.tensor1d(given as number[], 'int32'),
  }));
  rows.dispose();
  return { ...chosen, files: pairs.map(({ image, target: { category } }) => `${files[image]!}#${category}`) };
}

function pointing(
  map: Float32Array,
  [, height, width]: Batch['shape'],
  { category, rectangles, difficult }: Target,
  tolerance: number,
): Pointing {
  const pixel = mostSalientPixel(map, width);
  const mask = rectanglesMask(rectangles, width, height);
  const norm = unitRange(map);
  return {
    category,
    difficult,
    inside: Number(hits(pixel, rectangles)),
    tolerant: Number(hits(pixel, rectangles, tolerance)),
    energy: energyInside(norm, mask),
    maskIoU: maskIoU(aboveMean(norm), mask),
  };
}

const pointingFigures: Record<PointingFigure, Statistic<Pointing[]>> = {
  inside: overCategories(({ inside }) => inside),
  tolerant: overCategories(({ tolerant }) => tolerant),
  energy: overCategories(({ energy }) => energy),
  maskIoU: overCategories((one) => one.maskIoU),
  insideDifficult: overCategories(({ difficult, inside }) => (difficult ? inside : null)),
  tolerantDifficult: overCategories(({ difficult, tolerant }) => (difficult ? tolerant : null)),
};

function overCategories(valueOf: (one: Pointing) => number | null): Statistic<Pointing[]> {
  return (images) => meanOverCategories(images.flat(), valueOf);
}

/** NaN where nothing is defined. */
function meanOverCategories(objects: Pointing[], valueOf: (one: Pointing) => number | null): number {
  const byCategory = new Map<number, { sum: number; count: number }>();
  for (const one of objects) {
    const value = valueOf(one);
    if (value === null) continue;
    const { sum, count } = byCategory.get(one.category) ?? { sum: 0, count: 0 };
    byCategory.set(one.category, { sum: sum + value, count: count + 1 });
  }
  return mean([...byCategory.values()].map(({ sum, count }) => sum / count));
}
