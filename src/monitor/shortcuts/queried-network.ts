import { setImmediate } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs-core';
import { Failure, invalid, phrase } from '../../errors.js';
import { cam, gradCam } from '../../explain/index.js';
import type { Classifier, NetworkInput } from '../../models/index.js';
import { compile, type Pixels } from '../../tensorflow/index.js';
import type { QueriedNetwork } from './types.js';

/** A network with the way in which pixels become its input. */
export type ImageNetwork = Classifier & Pick<NetworkInput, 'prepare'>;

/**
 * A classifier as the search asks it: batch by batch, each kind of question compiled once. Maps are CAM's where the
 * network ends in pooling and one linear layer, else Grad-CAM's: one pass an image.
 *
 * @param batch images at once
 * @throws InvalidInput for a network without a target layer, or without softmax over two classes or more
 */
export function queriedNetwork(network: ImageNetwork, batch = 32): QueriedNetwork & { dispose(): void } {
  if (network.classes < 2 || network.probability !== 'softmax')
    throw invalid('model', 'a network with softmax over two classes or more', network.notes);
  if (network.layer === null)
    throw invalid(
      'model',
      'a network with a layer of spatial output, whose maps say where it looks',
      phrase('none'),
    );
  const settings = { onNote: () => undefined };
  const ask = compile((pixels: tf.Tensor4D) => tf.tidy(() => network.logits(network.prepare(pixels))), {
    ...settings,
    name: 'shortcuts',
  });
  const look = compile(
    (pixels: tf.Tensor4D, target: tf.Tensor1D) =>
      tf.tidy(() => (network.linearHead ? cam : gradCam)(network, network.prepare(pixels), { target }).raw),
    { ...settings, name: 'evidence' },
  );
  return {
    classes: network.classes,
    logits: (images) =>
      inBatches(images, batch, (pixels) => {
        const answer = ask(pixels);
        const values = answer.dataSync<'float32'>();
        answer.dispose();
        if (!values.every(Number.isFinite))
          throw new Failure('the network answers with values that are not finite; its weights are no good');
        return rowsOf(values, network.classes);
      }),
    evidence: (images, classes) =>
      inBatches(images, batch, (pixels, from) => {
        const count = pixels.shape[0]!;
        const target = tf.tensor1d(
          Array.from({ length: count }, (_, at) => classes[from + at]!),
          'int32',
        );
        const maps = look(pixels, target);
        const [, height, width] = maps.shape;
        const values = maps.dataSync<'float32'>();
        tf.dispose([maps, target]);
        return rowsOf(values, height * width).map((row) => ({ values: row, height, width }));
      }),
    dispose: () => [ask, look].forEach((compiled) => compiled.dispose()),
  };
}

async function inBatches<Answer>(
  images: readonly Uint8Array[],
  batch: number,
  run: (pixels: Pixels, from: number) => Answer[],
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let from = 0; from < images.length; from += batch) {
    const part = images.slice(from, from + batch);
    const bytes = part[0]!.length;
    const size = Math.sqrt(bytes / 3);
    const pixels = new Uint8Array(part.length * bytes);
    part.forEach((image, at) => pixels.set(image, at * bytes));
    answers.push(...run({ pixels, shape: [part.length, size, size, 3] }, from));
    // Signals want a turn of the event loop; native calls leave none by themselves.
    await setImmediate();
  }
  return answers;
}

function rowsOf(values: Float32Array, length: number): Float32Array[] {
  return Array.from({ length: values.length / length }, (_, row) =>
    values.slice(row * length, (row + 1) * length),
  );
}
