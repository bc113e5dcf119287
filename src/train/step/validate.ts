import * as tf from '@tensorflow/tfjs-core';
import type { Batch } from '../../data/index.js';
import { type Classifier, normalize, type Preprocessing } from '../../models/index.js';
import { compile, type Precision } from '../../tensorflow/index.js';
import { correctWithin, crossEntropy } from './loss.js';

/** Means over a data set; accuracies are shares in [0, 1]. */
export interface Validation {
  images: number;
  loss: number;
  top1: number;
  top5: number;
}

/** Measures a network; `run` may be called again with other weights. */
export interface Validator {
  run(batches: AsyncIterable<Batch>, onBatch?: (images: number) => void): Promise<Validation>;
  dispose(): void;
}

/** Builds the measurement of loss, top-1 and top-5 as one compiled function, images going in as bytes. */
export function validator(
  classifier: Classifier,
  preprocessing: Preprocessing,
  precision: Precision,
): Validator {
  const measure = compile(
    (pixels: tf.Tensor4D, labels: tf.Tensor1D) =>
      tf.tidy(() => {
        const logits = classifier.logits(normalize(pixels, preprocessing));
        return tf.stack([
          tf.sum(crossEntropy(logits, labels)),
          correctWithin(logits, labels, 1),
          correctWithin(logits, labels, 5),
        ]);
      }),
    { precision, name: 'validate' },
  );
  return {
    async run(batches, onBatch) {
      let images = 0;
      const sums = [0, 0, 0];
      for await (const { pixels, shape, labels } of batches) {
        if (shape[0] === 0) continue;
        const figures = tf.tidy(() => measure({ pixels, shape }, tf.tensor1d(labels, 'int32')).dataSync());
        figures.forEach((figure, index) => (sums[index]! += figure));
        images += shape[0];
        onBatch?.(images);
      }
      const [loss, top1, top5] = sums.map((sum) => sum / images) as [number, number, number];
      return { images, loss, top1, top5 };
    },
    dispose: () => measure.dispose(),
  };
}
