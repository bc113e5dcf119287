import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { imageReader, listImages, standardCrop } from '../../src/data/index.js';
import { encodeNpy } from '../../src/report/index.js';
import { classifier, loadModel, normalize } from '../../src/models/index.js';
import { torchParameters } from '../../src/models/weights/index.js';

/**
 * Writes what both sides of the comparison read: weights.safetensors, images.npy (float32 [N, H, W, 3], preprocessed)
 * and targets.npy (int32 [N], the classes that the network predicts).
 *
 * @param data folder of images
 * @param count images, spread evenly over the folder
 */
export async function prepare(folder: string, weights: string, data: string, count: number): Promise<void> {
  const { model, preprocessing } = await loadModel(weights, { layout: 'stride-in-1x1' });
  writeFileSync(join(folder, 'weights.safetensors'), safetensors(model));
  const listing = await listImages(data);
  const chosen = Array.from({ length: count }, (_, index) =>
    Math.floor(((index + 0.5) * listing.files.length) / count),
  );
  const part = {
    ...listing,
    files: chosen.map((index) => listing.files[index]!),
    labels: Int32Array.from(chosen, (index) => listing.labels[index]!),
  };
  for await (const { pixels, shape } of imageReader(part, {
    batchSize: count,
    view: standardCrop,
  }).batches()) {
    const images = tf.tidy(() => normalize(tf.tensor4d(pixels, [...shape], 'int32'), preprocessing));
    const targets = tf.tidy(() => tf.cast(tf.argMax(classifier(model).logits(images), 1), 'int32'));
    writeFileSync(join(folder, 'images.npy'), encodeNpy(images.dataSync(), images.shape));
    writeFileSync(join(folder, 'targets.npy'), encodeNpy(targets.dataSync<'int32'>(), [count]));
    tf.dispose([images, targets]);
  }
}

/** A model's variables in the safetensors format, float32, under PyTorch's names and in its layouts. */
function safetensors(model: LayersModel): Uint8Array {
  const header: Record<string, object> = {};
  const parts: Buffer[] = [];
  let end = 0;
  for (const { name, shape, variable } of torchParameters(model)) {
    const values = tf.tidy(() => {
      const tensor = variable.read();
      const order = { 2: [1, 0], 4: [3, 2, 0, 1] }[tensor.rank];
      return (order ? tf.transpose(tensor, order) : tensor).dataSync<'float32'>();
    });
    parts.push(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
    header[name] = { dtype: 'F32', shape, data_offsets: [end, (end += values.byteLength)] };
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, ...parts]);
}
