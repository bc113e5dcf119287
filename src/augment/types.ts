import type * as tf from '@tensorflow/tfjs-core';
import type { Blur } from '../explain/index.js';
import type { Precision } from '../tensorflow/index.js';

/** Where a map comes from: from the network, or, as a control, from elsewhere. */
export type StageMethod =
  | 'group-cam'
  | 'lafam'
  | 'eigen-cam'
  | 'cam'
  | 'recipro-cam'
  | 'eigen-permuted'
  | 'eigen-shifted'
  | 'random'
  | 'center'
  | 'none'
  | 'boxes';

/** What is done with a map. */
export type StageBlend =
  | 'blur'
  | 'soft'
  | 'inverse'
  | 'hide'
  | 'background'
  | 'background-blur'
  | 'saliency-mix'
  | 'cut-mix'
  | 'keep-augment';

/** How the online stage makes its masks. */
export interface StageOptions {
  /** Where the map comes from. */
  method: StageMethod;
  /** What is done with it. */
  blend: StageBlend;
  /** Groups of channels G, 1 to the channels of the target layer: the queries that an image costs. */
  groups: number;
  threshold: Threshold;
  /** The blur that fills what the mask leaves out, pixels. */
  blur: Blur;
  /** Whose score the queries ask for: the label's or the predicted class's. */
  target: 'label' | 'prediction';
  /** The most masked copies in the network at once: bounds the memory. */
  chunk: number;
  /**
   * The network is asked at this share of the images' height and width, above 0 to 1 (1 is exact): group-cam scores its
   * masked copies there, every other method takes its activations from there. The network must take that size.
   */
  scoringScale: number;
  /**
   * What the network is asked in, whatever the rest is computed in; null: as the rest. It counts inside of compile()
   * alone, which does what it is told: where 16 bits are slower (see usefulPrecision), ask for float32.
   */
  scoringPrecision: Precision | null;
}

/**
 * Above what a pixel belongs to the mask, for each image alone:
 * - 'mean': the mean of its map (the paper);
 * - quantile q in [0, 1): the q-quantile of its map, so that about the share 1 − q is kept (less where values tie);
 * - fixed v in [0, 1): the value v of its min-max normalized map;
 * - deviations k, 0 or more: its mean plus k standard deviations (Asgari et al. 2022 take 2).
 */
export type Threshold = 'mean' | { quantile: number } | { fixed: number } | { deviations: number };

/**
 * What the stage leaves to chance on n images of a batch, drawn outside of it: the stage itself can then be compiled,
 * and a run that is resumed draws what it would have drawn. What the options do not ask for is not there.
 */
export type RandomInputs = {
  /** int32 [n]: for each of the images, another one of the batch. */
  partner: tf.Tensor1D | undefined;
  /** float32 [n, 3], uniform in [0, 1): a share and a place. */
  numbers: tf.Tensor2D | undefined;
  /** float32 [n, h, w], uniform in [0, 1), at the resolution of the target layer's map. */
  field: tf.Tensor3D | undefined;
  /** int32 [n]: for each of the images, the one of the batch whose map it gets; never its own, nor its partner's, where the batch has another. */
  stranger: tf.Tensor1D | undefined;
  /** float32 [n, 2], uniform in [0, 1): how far a map is moved, in heights and widths. */
  shift: tf.Tensor2D | undefined;
};
