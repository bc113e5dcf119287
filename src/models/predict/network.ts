import * as tf from '@tensorflow/tfjs-core';
import { compile } from '../../tensorflow/index.js';
import { openClassifier } from '../open-classifier.js';
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
  const network = await openClassifier(weights, { onNote: log });
  const logitsOf = compile((pixels: tf.Tensor4D) => network.logits(network.prepare(pixels)), {
    onNote: log,
    name: 'predict',
  });
  return {
    classNames: network.classNames,
    read: async (image) => (await network.decode(image)).pixels,
    run: async (pixels, images) => {
      const logits = logitsOf({ pixels, shape: [images, ...network.size, 3] });
      const probabilities = network.probabilities(logits);
      try {
        return { logits: await logits.array(), probabilities: await probabilities.array() };
      } finally {
        tf.dispose([logits, probabilities]);
      }
    },
    dispose: () => {
      logitsOf.dispose();
      network.dispose();
    },
  };
}
