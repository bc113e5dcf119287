import * as tf from '@tensorflow/tfjs-core';
import type { Maps } from '../types.js';
import { minMax } from '../ops/index.js';
import { saliencyMethod, type SetRequired } from '../method.js';
import { positive } from '../options.js';

export interface CenterGaussianOptions {
  /** Standard deviation as a share of each side: 0.25. */
  sigma?: number;
}

/**
 * A control: a Gaussian in the middle of the image. Looks at neither image nor network and costs nothing. Photographers
 * put their subject there, so it scores well wherever maps are compared with boxes.
 *
 * @param images [N, H, W, C]; only the shape is used
 * @returns raw [N, H, W], at most 1
 * @throws InvalidInput when an option is out of its range
 */
export const centerGaussian = saliencyMethod(
  {
    name: 'center-gaussian',
    title: 'Gaussian in the middle',
    reference: 'a control: a Gaussian in the middle of the image',
    needs: [],
    classSpecific: false,
    options: { sigma: positive(0.25) },
    cost: () => ({}),
  },
  (_: unknown, images: tf.Tensor4D, options: SetRequired<CenterGaussianOptions, 'sigma'>): Maps => {
    const { sigma } = options;
    const [count, height, width] = images.shape;
    const bell = (length: number): number[] =>
      Array.from({ length }, (_, pixel) =>
        Math.exp(-0.5 * ((pixel - (length - 1) / 2) / (sigma * length)) ** 2),
      );
    return tf.tidy(() => {
      const one = tf.outerProduct(tf.tensor1d(bell(height)), tf.tensor1d(bell(width)));
      const raw = tf.tile(tf.expandDims<tf.Tensor3D>(one, 0), [count, 1, 1]);
      return { map: minMax(raw), raw, details: {} };
    });
  },
);
