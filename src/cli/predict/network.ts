import * as tf from '@tensorflow/tfjs-core';
import { readImage } from '../../data/index.js';
import { classifier, loadModel, normalise } from '../../models/index.js';
import { compile, loadTensorflow } from '../../tensorflow/index.js';
import type { Network } from './predictions.js';

/**
 * Opens weights of any kind for prediction; images are prepared as the preprocessing of the weights says.
 *
 * @param weights whatever --weights takes
 * @param log is told what the loader had to assume or change
 * @returns the network and what gives it back
 */
export async function openNetwork(
  weights: string,
  log: (line: string) => void,
): Promise<Network & { dispose: () => void }> {
  await loadTensorflow();
  const { model, preprocessing, classNames, notes } = await loadModel(weights);
  const network = classifier(model, { preprocessing, classNames });
  [...notes, ...network.notes].forEach(log);
  const { resize, crop: size, interpolation } = preprocessing;
  const logitsOf = compile((images: tf.Tensor4D) => network.logits(normalise(images, preprocessing)));

  return {
    classNames,
    read: async (image) => (await readImage(image, { crop: 'centre', resize, size, interpolation })).pixels,
    run: async (pixels, images) => {
      const input = tf.tensor4d(pixels, [images, size, size, 3], 'int32');
      const logits = logitsOf(input);
      const probabilities = tf.tidy(() => network.probabilities(logits));
      const rows = await Promise.all([logits.array(), probabilities.array()]);
      tf.dispose([input, logits, probabilities]);
      return { logits: rows[0], probabilities: rows[1] };
    },
    dispose: () => {
      logitsOf.dispose();
      model.dispose();
    },
  };
}
