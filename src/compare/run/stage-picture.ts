import * as tf from '@tensorflow/tfjs-core';
import { randomInputsMaker, stage } from '../../augment/index.js';
import { boxMasks, type Batch, type ListedBoxes, type Listing } from '../../data/index.js';
import type { Picture } from '../../report/index.js';
import { normalize, type Preprocessing } from '../../models/index.js';
import { compile } from '../../tensorflow/index.js';
import { listData, stageOf, trainingReader, type RunNetwork } from '../../train/index.js';
import type { Recipe } from '../../train/recipe/index.js';

/** Images in the picture. */
const SHOWN = 6;

/**
 * Draws the first training images side by side as the arm shows them to the network, with the masks of the network
 * given. The images and their crops are those of the first batch, so the same in each arm.
 *
 * @throws InvalidInput where the arm's stage does not fit the network or the data
 */
export async function stagePicture(
  network: RunNetwork,
  recipe: Recipe,
  baseFolder: string,
): Promise<Picture> {
  const { train, boxes } = await listData(recipe, baseFolder);
  const batch = await firstImages(recipe, train, network);
  const pixels = recipe.stage.enabled ? staged(network, recipe, boxes, batch) : batch.pixels;
  return sideBySide(pixels, batch.shape);
}

async function firstImages(recipe: Recipe, training: Listing, network: RunNetwork): Promise<Batch> {
  for await (const batch of trainingReader(recipe, training, network).batches()) {
    const [images, height, width, channels] = batch.shape;
    const count = Math.min(SHOWN, images);
    return {
      ...batch,
      pixels: batch.pixels.slice(0, count * height * width * channels),
      shape: [count, height, width, channels],
      labels: batch.labels.slice(0, count),
      files: batch.files.slice(0, count),
      crops: batch.crops.slice(0, count),
    };
  }
  throw new Error('a reader without a batch');
}

/** [N, H, W, 3], 0..255: the images behind the stage. */
function staged(
  { classifier, preprocessing }: RunNetwork,
  recipe: Recipe,
  boxes: ListedBoxes | null,
  { pixels, shape, labels, files, crops }: Batch,
): Uint8Array {
  const options = stageOf(recipe);
  const [count, height, width] = shape;
  const masks = boxes && boxMasks(boxes, files, crops, [height, width]);
  const randomInputs = randomInputsMaker(classifier, options)(
    shape,
    Int32Array.from(files.keys()),
    recipe.seed,
  );
  const run = compile(
    (bytes: tf.Tensor4D, labels: tf.Tensor1D, boxes: tf.Tensor3D | null, drawn: typeof randomInputs) =>
      tf.tidy(() => {
        const images = normalize(bytes, preprocessing);
        const inputs = { randomInputs: drawn, boxes };
        return toPixels(stage(classifier, images, labels, options, inputs).images, preprocessing);
      }),
    { name: 'stagePicture' },
  );
  const given = tf.tensor1d(labels, 'int32');
  const shown = run(
    { pixels, shape },
    given,
    masks && { pixels: masks, shape: [count, height, width] },
    randomInputs,
  );
  const values = Uint8Array.from(shown.dataSync());
  tf.dispose([given, shown, ...Object.values(randomInputs).filter((drawn) => drawn !== null)]);
  run.dispose();
  return values;
}

/** What `normalize` did undone: int32 [N, H, W, 3], RGB, 0..255. */
function toPixels(images: tf.Tensor4D, { channels, scale, mean, std }: Preprocessing): tf.Tensor4D {
  return tf.tidy(() => {
    const pixels = tf.div<tf.Tensor4D>(tf.add(tf.mul(images, tf.tensor1d(std)), tf.tensor1d(mean)), scale);
    const ordered = channels === 'BGR' ? tf.reverse(pixels, 3) : pixels;
    return tf.cast(tf.round(tf.clipByValue(ordered, 0, 255)), 'int32');
  });
}

/** [N, H, W, 3] as one picture, N · W pixels wide. */
function sideBySide(pixels: Uint8Array, [count, height, width, channels]: Batch['shape']): Picture {
  const line = width * channels;
  const joined = new Uint8Array(pixels.length);
  for (let image = 0; image < count; image++) {
    for (let row = 0; row < height; row++) {
      const from = (image * height + row) * line;
      joined.set(pixels.subarray(from, from + line), (row * count + image) * line);
    }
  }
  return { pixels: joined, width: count * width, height };
}
