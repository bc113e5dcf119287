import type * as tf from '@tensorflow/tfjs-core';
import type { Batch, Share } from '../data/index.js';
import type { Classifier, NetworkInput, Preprocessing } from '../models/index.js';
import type { Estimate } from '../metrics/index.js';

/** A saliency method as an evaluation sees it. */
export interface SaliencyMethod {
  /** Stands in tables and in files: each method of an evaluation has another. */
  name: string;
  /**
   * @param images [N, H, W, C], preprocessed for the network
   * @param target int32 [N], the class of each image that is explained
   * @param files N names of images: the seeds of methods that draw random numbers
   * @returns map [N, H, W], float32, finite, of any range (signed where the method is); the caller owns it
   */
  run(images: tf.Tensor4D, target: tf.Tensor1D, files: readonly string[]): tf.Tensor3D | Promise<tf.Tensor3D>;
}

/** What every evaluation is given. */
export interface EvaluationOptions {
  classifier: Classifier;
  /** Of the weights: how the batches' pixels become the network's input. */
  preprocessing: Preprocessing;
  /** The same as a function, for networks of other channels than red, green and blue; default: by `preprocessing`. */
  prepare?: NetworkInput['prepare'];
  /**
   * Images of the network's size, decoded. Read once, from its beginning; only one batch is held. As a function it is
   * told which images are done, and need not be read.
   */
  batches: AsyncIterable<Batch> | ((isDone: (image: string) => boolean) => AsyncIterable<Batch>);
  /** Beside these, random and centered maps are always evaluated. */
  methods: readonly SaliencyMethod[];
  /** Images that go through the network at once. Default 32. */
  chunk?: number;
  /** Of everything random (controls, noise, bootstrap). Default 0. */
  seed?: number;
  /**
   * Name of a method, one of `methods` or of the controls: the report then also holds what every other method differs
   * by from it, on the same images. Where an evaluation cannot say that (sanity checks, running time) it is not read.
   */
  reference?: string;
  /**
   * Folder where the results of each image are kept, line by line: the same evaluation started again goes on from
   * there. Without it nothing is written.
   */
  folder?: string;
  /** Names of the images in their order, of a share its own ones. Default: in the order in which they are measured. */
  files?: readonly string[];
  /**
   * With `folder`: measures a part of the images, the others being other processes', into a file of its own, and throws
   * ShareMeasured when it is done. The same evaluation without a share then has the results of all.
   */
  share?: Share;
  /** What else belongs into the protocol: weights, data, settings of the methods. */
  about?: Readonly<Record<string, unknown>>;
  /** Receives how many images are done, those of an earlier start included: before the first batch, and after each. */
  onProgress?: (images: number) => void;
}

/** How an evaluation was done: everything that changes its numbers. */
export type Protocol = { metric: string } & Record<string, unknown>;

/** The figures of a method by name; null where no image defines one. */
export type Figures = Record<string, Estimate | null>;

/** What an evaluation says. */
export interface Report<F = Figures> {
  protocol: Protocol;
  images: number;
  methods: Record<string, F>;
  /** What each method differs by from the reference, with the intervals of the differences, where one was named. */
  differences?: { reference: string; methods: Record<string, F> };
}
