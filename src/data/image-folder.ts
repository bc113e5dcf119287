import type * as tf from '@tensorflow/tfjs-core';
import { generator, type Dataset } from '@tensorflow/tfjs-data';
import { listImages, type ListingOptions } from './listing.js';
import { imageReader, type ReaderOptions, type ReadSummary } from './reader.js';
import { upload } from './upload.js';

/** One batch as tensors. A type, not an interface: tf.data asks for an index signature. */
export type TensorBatch = {
  /** int32 [N, H, W, 3], RGB 0..255 */
  xs: tf.Tensor4D;
  /** int32 [N], class indices */
  ys: tf.Tensor1D;
};

export interface ImageFolder {
  /** Batches; whoever takes one owns its tensors. Each new iteration is the next epoch. */
  dataset: Dataset<TensorBatch>;
  classNames: string[];
  /** Batches in an epoch. */
  length: number;
  /** What was left out of the class folders, for people: "12 × .heic, 3 × .gif"; absent where nothing was. */
  ignored?: string;
  /** Images read so far, and the files that could not be read. */
  summary(): ReadSummary;
}

/**
 * A folder that has one folder of images for each class, as a tf.data Dataset: decoded, cropped, batched and read
 * ahead already (`prefetch` and `batch` would only cost memory).
 *
 * Throws InvalidInput for an unusable folder or option, Failure when a folder or too many files cannot be read.
 *
 * @example
 * const { dataset, classNames } = await imageFolder('data/train', { batchSize: 32, shuffle: true });
 */
export async function imageFolder(dir: string, options: ListingOptions & ReaderOptions = {}): Promise<ImageFolder> {
  const listing = await listImages(dir, options);
  const reader = imageReader(listing, options);
  let epoch = 0;
  async function* tensors(): AsyncGenerator<TensorBatch, void, undefined> {
    for await (const batch of reader.batches(epoch++)) yield upload(batch);
  }
  return {
    // tf.data's type wants a plain iterator where its code takes an asynchronous one just as well.
    dataset: generator(tensors as () => AsyncIterator<TensorBatch>),
    classNames: listing.classNames,
    length: reader.length,
    ...(listing.ignored ? { ignored: listing.ignored } : {}),
    summary: reader.summary,
  };
}
