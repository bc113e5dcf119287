import { setImmediate } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs-core';
import { imageReader, type Batch, type Listing, type CropSpec } from '../../data/index.js';
import { Failure } from '../../errors.js';
import { blend, gaussianBlur, gradCam, lafam, type Blur } from '../../explain/index.js';
import { normalize } from '../../models/index.js';
import { compile, type Pixels, type Precision } from '../../tensorflow/index.js';
import type { RunNetwork } from '../../train/index.js';
import { withoutObject } from './backgrounds.js';
import type { ImageFigure, Measured } from '../types.js';
import type { ObjectMasks } from './object-masks.js';
import { crossEntropyOf, rankOf } from './scores.js';

export interface MeasureOptions {
  /** The validation images; every one can be read. */
  listing: Listing;
  /** Of each image, the one whose background it is given; its own index for none. */
  partners: Int32Array;
  objects: ObjectMasks;
  view: CropSpec;
  batchSize: number;
  /** Of the blurred background, and of what fills the place of a partner's object. */
  blur: Blur;
  precision: Precision;
  onImages: (images: number) => void;
  /** Asked after each batch. */
  isStopped?: () => boolean;
}

/**
 * Measures a network on every validation image: as it is, with its background blurred, and with the background of
 * another image; and how much of two saliency maps (LaFAM, Grad-CAM of the label) lies on the object.
 *
 * @returns undefined where it was stopped
 * @throws Failure where an image can no longer be read
 */
export async function measure(network: RunNetwork, options: MeasureOptions): Promise<Measured | undefined> {
  const { listing, partners, objects, view, batchSize, onImages, isStopped = () => false } = options;
  const look = compiledLook(network, options);
  const files: string[] = [];
  const columns: Record<ImageFigure, (number | null)[]> = {
    loss: [], top1: [], top5: [], blurred: [], swapped: [], energyLafam: [], energyGradCam: [], objectArea: [],
  }; // prettier-ignore
  const others = batches(partnerListing(listing, partners), view, batchSize);
  try {
    for await (const batch of batches(listing, view, batchSize)) {
      const { value: other } = await others.next();
      if (!other || other.files.length !== batch.files.length) throw gone(listing);
      const masks = objects.of(batch);
      const seen = look(batch, masks, other, objects.of(other));
      batch.files.forEach((file, index) => {
        const label = batch.labels[index]!;
        const area = areaOf(masks, batch, index);
        const hasObject = area > 0;
        const hasPartner = partners[files.length] !== files.length;
        const correct = (logits: number[][]): number => Number(rankOf(logits[index]!, label) === 0);
        const rank = rankOf(seen.clean[index]!, label);
        files.push(file);
        columns.loss.push(crossEntropyOf(seen.clean[index]!, label));
        columns.top1.push(Number(rank < 1));
        columns.top5.push(Number(rank < 5));
        columns.blurred.push(hasObject ? correct(seen.blurred) : null);
        columns.swapped.push(hasObject && hasPartner ? correct(seen.swapped) : null);
        columns.energyLafam.push(hasObject ? share(seen.energy[0]!, index) : null);
        columns.energyGradCam.push(hasObject ? share(seen.energy[1]!, index) : null);
        columns.objectArea.push(hasObject ? area : null);
      });
      onImages(files.length);
      // Signals want a turn of the event loop; native calls leave none by themselves.
      await setImmediate();
      if (isStopped()) return undefined;
    }
  } finally {
    await others.return();
    look.dispose();
  }
  if (files.length !== listing.files.length) throw gone(listing);
  return { files, columns };
}

/** What the network makes of a batch, on the host. */
interface BatchOutputs {
  /** [N][classes] */
  clean: number[][];
  blurred: number[][];
  swapped: number[][];
  /** For LaFAM and Grad-CAM: [N][2], the map's sum inside the object, and its whole sum. */
  energy: number[][][];
}

function compiledLook(network: RunNetwork, { blur, precision }: Pick<MeasureOptions, 'blur' | 'precision'>) {
  const { classifier, preprocessing } = network;
  const run = compile(
    (
      pixels: tf.Tensor4D,
      mask: tf.Tensor3D,
      otherPixels: tf.Tensor4D,
      otherMask: tf.Tensor3D,
      labels: tf.Tensor1D,
    ) =>
      tf.tidy(() => {
        const [images, masks, others, otherMasks] = [pixels, mask, otherPixels, otherMask].map((bytes) =>
          tf.cast<tf.Tensor>(bytes, 'float32'),
        ) as [tf.Tensor4D, tf.Tensor3D, tf.Tensor4D, tf.Tensor3D];
        const input = normalize(images, preprocessing);
        const logits = (shown: tf.Tensor4D) => classifier.logits(normalize(shown, preprocessing));
        const maps = [lafam(classifier, input).map, gradCam(classifier, input, { target: labels }).map];
        return {
          clean: classifier.logits(input),
          blurred: logits(blend(images, gaussianBlur(images, blur), masks)),
          swapped: logits(blend(images, withoutObject(others, otherMasks, blur), masks)),
          energy: tf.stack(
            maps.map((map) => tf.stack([tf.sum(tf.mul(map, masks), [1, 2]), tf.sum(map, [1, 2])], 1)),
          ) as tf.Tensor3D,
        };
      }),
    { precision, name: 'compare' },
  );
  const look = (batch: Batch, masks: Uint8Array, other: Batch, otherMasks: Uint8Array): BatchOutputs => {
    const bytes = ({ pixels, shape }: Batch): Pixels => ({ pixels, shape });
    const labels = tf.tensor1d(batch.labels, 'int32');
    const shape = batch.shape.slice(0, 3);
    const seen = run(
      bytes(batch),
      { pixels: masks, shape },
      bytes(other),
      { pixels: otherMasks, shape },
      labels,
    );
    const { clean, blurred, swapped, energy } = seen;
    const found = {
      clean: clean.arraySync(),
      blurred: blurred.arraySync(),
      swapped: swapped.arraySync(),
      energy: energy.arraySync(),
    };
    tf.dispose([seen, labels]);
    return found;
  };
  return Object.assign(look, { dispose: () => run.dispose() });
}

function batches(
  listing: Listing,
  view: CropSpec,
  batchSize: number,
): AsyncGenerator<Batch, void, undefined> {
  return imageReader(listing, { batchSize, view, onError: 'stop' }).batches();
}

function partnerListing(listing: Listing, partners: Int32Array): Listing {
  return {
    ...listing,
    files: Array.from(partners, (partner) => listing.files[partner]!),
    labels: partners.map((partner) => listing.labels[partner]!),
  };
}

/** Share of an image that its mask covers. */
function areaOf(masks: Uint8Array, { shape: [, height, width] }: Batch, index: number): number {
  const size = height * width;
  return masks.subarray(index * size, (index + 1) * size).reduce((sum, value) => sum + value, 0) / size;
}

/** Null for a map of zeros. */
function share(sums: number[][], index: number): number | null {
  const [inside, all] = sums[index] as [number, number];
  return all > 0 ? Math.min(1, inside / all) : null;
}

function gone({ dir }: Listing): Failure {
  return new Failure(`${dir}: images went away while they were measured; put them back and start again`);
}
