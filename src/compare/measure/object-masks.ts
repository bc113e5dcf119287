import * as tf from '@tensorflow/tfjs-core';
import { resizeBilinear } from '../../report/index.js';
import {
  boxMasks,
  imageReader,
  type Batch,
  type ListedBoxes,
  type Listing,
  type CropSpec,
} from '../../data/index.js';
import { Failure } from '../../errors.js';
import { lafam } from '../../explain/index.js';
import { normalize } from '../../models/index.js';
import { compile } from '../../tensorflow/index.js';
import type { RunNetwork } from '../../train/index.js';
import { aboveMean } from '../../metrics/index.js';

/** Where the objects of the validation images are: the same for every network of a comparison. */
export interface ObjectMasks {
  source: 'boxes' | 'lafam';
  /** [N, H, W] for the images of a batch: 1 on the object, 0 beside it; all 0 where no object is known. */
  of(batch: Pick<Batch, 'files' | 'crops' | 'shape'>): Uint8Array;
}

/** Objects as annotated. */
export function annotatedObjects(boxes: ListedBoxes): ObjectMasks {
  return {
    source: 'boxes',
    of: ({ files, crops, shape: [, height, width] }) => boxMasks(boxes, files, crops, [height, width]),
  };
}

/** The validation images that can be read, and where their objects are. */
export interface Survey {
  listing: Listing;
  objects: ObjectMasks;
}

/**
 * Looks at every validation image once: which can be read, and, without boxes, what the network finds salient before it
 * is trained (LaFAM above its mean: it needs no class, so a new head does not matter). Of each image the small map of
 * the target layer is kept.
 *
 * @param boxes annotated objects, in place of the maps
 * @throws Failure where no image can be read
 */
export async function survey(
  network: RunNetwork,
  listing: Listing,
  {
    view,
    batchSize,
    boxes,
    onImages,
  }: {
    view: CropSpec;
    batchSize: number;
    boxes?: ListedBoxes | undefined;
    onImages: (images: number) => void;
  },
): Promise<Survey> {
  const { classifier, preprocessing } = network;
  const look = compile(
    (pixels: tf.Tensor4D) => tf.tidy(() => lafam(classifier, normalize(pixels, preprocessing)).raw),
    { name: 'survey' },
  );
  const maps = new Map<string, { values: Float32Array; width: number; height: number }>();
  const readable = new Set<string>();
  try {
    for await (const { pixels, shape, files } of imageReader(listing, {
      batchSize,
      view,
      maxErrorShare: 1,
    }).batches()) {
      files.forEach((file) => readable.add(file));
      onImages(readable.size);
      if (boxes) continue;
      const raw = look({ pixels, shape });
      const [, height, width] = raw.shape;
      const values = raw.dataSync<'float32'>();
      raw.dispose();
      files.forEach((file, index) =>
        maps.set(file, {
          values: values.slice(index * height * width, (index + 1) * height * width),
          width,
          height,
        }),
      );
    }
  } finally {
    look.dispose();
  }
  const kept = listing.files.flatMap((file, index) => (readable.has(file) ? [index] : []));
  const whole: Listing = {
    ...listing,
    files: kept.map((index) => listing.files[index]!),
    labels: Int32Array.from(kept, (index) => listing.labels[index]!),
  };
  if (boxes) return { listing: whole, objects: annotatedObjects(boxes) };
  const maskOf = (file: string, width: number, height: number): Uint8Array => {
    const map = maps.get(file);
    if (!map)
      throw new Failure(`${file}: this image was not there when the comparison looked at all of them`);
    return aboveMean(resizeBilinear(map, width, height).values);
  };
  return {
    listing: whole,
    objects: {
      source: 'lafam',
      of: ({ files, shape: [count, height, width] }) => {
        const masks = new Uint8Array(count * height * width);
        files.forEach((file, index) => masks.set(maskOf(file, width, height), index * height * width));
        return masks;
      },
    },
  };
}
