import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Ranks } from '../../tensorflow/index.js';

/** How pixels become the network's input. Belongs to the weights and travels in their metadata. */
export interface Preprocessing {
  /** Shorter side after resizing, before the center crop, pixels. */
  resize: number;
  /** Side of the square crop that the network sees, pixels. */
  crop: number;
  interpolation: 'bilinear' | 'bicubic' | 'lanczos3';
  /** Order of the channels that the network expects. */
  channels: 'RGB' | 'BGR';
  /** x = (pixel · scale − mean) / std, pixel in 0..255; mean and std in the order of `channels`. */
  scale: number;
  mean: [number, number, number];
  std: [number, number, number];
}

/** What to do in a training forward pass. */
export interface TrainingPass {
  /** Batch norm layers (by name) that stay frozen: running statistics, no update. */
  frozen?: (layerName: string) => boolean;
  /**
   * Synchronized batch norms: where there are several ranks, statistics are those of the batches of all of them. The
   * gradient then cannot be differentiated again.
   */
  ranks?: Ranks;
}

/**
 * A LayersModel seen as a network that ends in logits and can be split at one layer.
 * All functions are pure tfjs code on the model's own variables (always the current weights), record gradients,
 * leave the model untouched, and may be traced by compile(). The caller owns every tensor returned.
 */
export interface Classifier {
  model: LayersModel;
  /** Input size of one image: [H, W, C]; H and W are null where the model takes any size. */
  inputShape: [number | null, number | null, number];
  classes: number;
  classNames?: string[];
  preprocessing?: Preprocessing;
  /** Name of the target layer: by default the last one with spatial output; null where the network has none. */
  layer: string | null;
  /** Whether another branch bypasses the target layer, so that `head` also needs what `split` gives. */
  bypassed?: boolean;
  /** What to know before one looks at the target layer, in words. */
  caution?: string;
  /** How class scores become probabilities: softmax, or sigmoid for a network with one output unit or a sigmoid output. */
  probability: 'softmax' | 'sigmoid';
  /** What was done to the model's end, in words, for the log ("softmax of layer 'probs' removed"). */
  notes: string[];
  /** images [N, H, W, C], preprocessed → logits [N, classes], inference mode. */
  logits(images: tf.Tensor4D): tf.Tensor2D;
  /** images [N, H, W, C], preprocessed → activations of the target layer [N, h, w, K]. */
  activations(images: tf.Tensor4D): tf.Tensor4D;
  /**
   * activations [N, h, w, K] → logits [N, classes]: the network behind the target layer.
   *
   * @param bypass what leads past the target layer, from `split`, for the same images
   */
  head(activations: tf.Tensor4D, bypass?: tf.Tensor[]): tf.Tensor2D;
  /** images [N, H, W, C], preprocessed → activations, and what leads past the target layer to the logits, [N, ...] each. */
  split?(images: tf.Tensor4D): { activations: tf.Tensor4D; bypass: tf.Tensor[] };
  /**
   * Only where the network behind the target layer is global average pooling and one linear layer: that layer's
   * kernel [K, classes], as it is now.
   */
  linearHead?(): tf.Tensor2D;
  /** logits [N, classes] → probabilities [N, classes]. */
  probabilities(logits: tf.Tensor2D): tf.Tensor2D;
  /**
   * The training forward pass: batch statistics in every batch norm that is not frozen, dropout active.
   * Returns the logits and assigns the running statistics (tf.Variable.assign) as a side effect.
   */
  trainingLogits(images: tf.Tensor4D, pass?: TrainingPass): tf.Tensor2D;
}
