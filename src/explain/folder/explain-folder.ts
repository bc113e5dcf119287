import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { batchesOf, type Share } from '../../data/index.js';
import { invalid } from '../../errors.js';
import { methods as known } from '../index.js';
import type { OpenedClassifier } from '../../models/index.js';
import { classIndex } from './class-index.js';
import { explainer, type Classes } from './explainer.js';
import { outputNames } from './output-names.js';
import { filesOf, type OutputOptions } from './outputs.js';
import { writePage, type Drawing, type ImageRecord } from '../../report/maps/index.js';
import { openRecords } from './records.js';
import type { ChosenMethod } from './request.js';
import { explainImages, onlyOf, type Outcome } from './run.js';

/** What `camtune explain` is asked for. */
export interface ExplainRequest {
  /** Paths of files. */
  images: readonly string[];
  methods: readonly ChosenMethod[];
  /** Name or index of the class that is explained; by default the most likely ones of each image. */
  class?: string;
  /** How many of the most likely classes. */
  top: number;
  folder: string;
  drawing: Drawing;
  skipExisting: boolean;
  /** The part of this process, where several explain: it keeps records of its own, and writes no page. */
  share?: Share;
  /** Which of the images are explained; default: all. */
  only?: (image: string) => boolean;
  /** Asked after each image; what is explained by then stays, and gets its page. */
  isStopped?: () => boolean;
}

/**
 * Explains images and writes overlays, raw maps, comparison sheets and the page into a folder.
 *
 * @param onOutcome hears of each image as soon as its files are written
 * @returns path of the page, where pictures are wanted and an image could be read
 * @throws InvalidInput for a class that the network lacks, where an output would replace an image, and where there are
 *   fewer images than processes
 */
export async function explainFolder(
  classifier: OpenedClassifier,
  request: ExplainRequest,
  onOutcome: (outcome: Outcome) => void,
): Promise<string | undefined> {
  const { methods, drawing, folder, share, only = () => true } = request;
  const images = [...new Map(request.images.map((image) => [resolve(image), image])).values()];
  const names = outputNames(images);
  refuseOverwriting(images, names, request);
  if (share && share.size > images.length)
    throw invalid('--processes', `at most ${images.length}, the images`, share.size);
  const { classNames } = classifier;
  const classes: Classes =
    request.class === undefined
      ? { top: Math.min(request.top, classifier.classes) }
      : { index: classIndex(request.class, classifier.classes, classNames) };
  const network = explainer(classifier, classes);
  const records = await openRecords(folder, {
    fresh: !request.skipExisting,
    images,
    ...(share && { share }),
  });
  const made = [classifier.weights, classifier.layer, classes, drawing];
  const options: OutputOptions = {
    ...drawing,
    folder,
    size: classifier.size,
    photoSide: photoSide(images.length),
    keyOf: (image, method) => keyOf(image, [made, methods.find(({ name }) => name === method)]),
  };
  const batchSize = imagesAtOnce(methods, 'top' in classes ? classes.top : 1);
  const done: string[] = [];
  try {
    const places = share ? batchesOf(images.length, batchSize, share) : images.keys();
    const named = [...places]
      .map((index) => ({ image: images[index]!, name: names[index]! }))
      .filter(({ image }) => only(image));
    for await (const outcome of explainImages(named, methods, network, records, options, batchSize)) {
      if ('record' in outcome) done.push(outcome.record.image);
      onOutcome(outcome);
      if (request.isStopped?.()) break;
    }
    if (!drawing.formats.includes('png') || done.length === 0 || share) return undefined;
    const page = join(folder, 'index.html');
    const text = {
      weights: classifier.weights.path,
      layer: classifier.layer ?? 'none',
      methods: methods.map(({ name }) => name),
    };
    await writePage(
      page,
      eachOf(done, (image) => onlyOf(methods, records.get(image)!)),
      text,
      drawing,
    );
    return page;
  } finally {
    records.close();
    network.dispose();
  }
}

function* eachOf(images: readonly string[], get: (image: string) => ImageRecord): Generator<ImageRecord> {
  for (const image of images) yield get(image);
}

/** What a map was made from: another image, network, class, method, option or form of the files is another key. */
function keyOf(image: string, made: unknown): string {
  const file = statSync(image, { throwIfNoEntry: false });
  const text = JSON.stringify([made, resolve(image), file?.size, file?.mtimeMs]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** A second call with the output folder among the images would explain its own overlays. */
function refuseOverwriting(
  images: readonly string[],
  names: readonly string[],
  { methods, folder, drawing }: ExplainRequest,
): void {
  const inputs = new Set(images.map((image) => resolve(image)));
  for (const name of names) {
    for (const { name: method } of methods) {
      for (const [, file] of filesOf(name, method, drawing.formats)) {
        if (!inputs.has(resolve(folder, file))) continue;
        throw invalid('--out', 'a folder apart from the images', folder, `${file} is one of the images`);
      }
    }
  }
}

/**
 * Images in one batch: fewer where one alone costs many queries, so that progress shows and a kill loses little. The
 * methods themselves bound the memory.
 */
function imagesAtOnce(methods: readonly ChosenMethod[], classes: number): number {
  const size = { image: [224, 224] as [number, number], positions: 49, channels: 2048 };
  const queries = methods.map(({ name, options }) => {
    const method = known[name]!;
    const cost = method.cost({ ...method.defaults, ...options }, size);
    return (cost.queries + 3 * cost.gradients + cost.heads / 50) * classes;
  });
  return Math.min(8, Math.max(1, Math.floor(256 / Math.max(1, ...queries))));
}

/** The longer side of the images on the page, so that a page of a thousand still opens. */
function photoSide(images: number): number {
  return images <= 60 ? 512 : images <= 300 ? 352 : 224;
}
