import type * as tf from '@tensorflow/tfjs-core';
import type { StageOptions } from '../types.js';

/** What a blend works on. */
export interface BlendInputs {
  /** [n, H, W, C], float32. */
  images: tf.Tensor4D;
  /** [n, H, W, C]: for each another image of its batch; null where the blend needs none. */
  others: tf.Tensor4D | null;
  /** [n, H, W], in [0, 1]: what is salient, cut or graded as the blend wants it. */
  salient: tf.Tensor3D;
  /** [n, 3], uniform in [0, 1); where the blend wants them. */
  numbers: tf.Tensor2D | undefined;
  options: Pick<StageOptions, 'blur'>;
}

/** images · kept + fill · (1 − kept) is what training sees. */
export interface Blended {
  /** [n, H, W], in [0, 1]: what stays of the image. */
  kept: tf.Tensor3D;
  /** [n, H, W, C], or [n, 1, 1, C] for one color an image. */
  fill: tf.Tensor4D;
}

/** What is done with a map: pure tensor code, so that compile() can trace it. */
export interface Blend {
  /** For people. */
  summary: string;
  /** Whose map it wants: the image's own, that of the other image, or none. */
  map: 'own' | 'other' | 'none';
  /** cut: above the threshold or not; graded: the map after min-max. */
  salient: 'cut' | 'graded';
  /** Whether it wants another image of the batch. */
  wantsOther: boolean;
  /** Whether it wants random numbers. */
  wantsNumbers: boolean;
  /** Whether the label becomes a mixture: the share of the pixels that stay is the share of the label. */
  mixesLabels: boolean;
  make(inputs: BlendInputs): Blended;
}
