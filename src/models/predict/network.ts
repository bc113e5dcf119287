import * as tf from '@tensorflow/tfjs-core';
import { readImage } from '../../data/index.js';
import { classifier, loadModel, normalise } from '../index.js';
import { compile, loadTensorflow, type Pixels } from '../../tensorflow/index.js';
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
  const logitsOf = compile(
    // compile() hands over the bytes of a batch as a tensor.
    (images: Pixels) => network.logits(normalise(images as unknown as tf.Tensor4D, preprocessing)),
    { onNote: log, name: 'predict' },
  );

  return {
    classNames,
    read: async (image) => (await readImage(image, { crop: 'centre', resize, size, interpolation })).pixels,
    run: async (pixels, images) => {
      const logits = logitsOf({ pixels, shape: [images, size, size, 3] });
      const probabilities = network.probabilities(logits);
      try {
        return { logits: await logits.array(), probabilities: await probabilities.array() };
      } finally {
        tf.dispose([logits, probabilities]);
      }
    },
    dispose: () => {
      logitsOf.dispose();
      model.dispose();
    },
  };
}
