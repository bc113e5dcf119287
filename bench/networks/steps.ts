import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { architectureOf, classifier, loadModel } from '../../src/models/index.js';
import type { Precision } from '../../src/tensorflow/index.js';
import { forwardPass, noiseBatch, plainTraining } from '../../src/timing/network.js';

const CLASSES = 1000;

/** What is timed: a network, and how large its images and batches are. */
export interface StepOptions {
  /** An ONNX file, or the name of a network that camtune builds. */
  network: string;
  batch: number;
  size: number;
  /** Of the heavy operations; float32 by default. */
  precision?: Precision;
}

/**
 * A step as bench/networks/pytorch.py makes it: bytes in, loss or logits out; the training step is SGD with momentum and
 * weight decay on every weight.
 *
 * @returns a function that makes one step and waits for its result
 */
export async function stepOf(what: string, options: StepOptions): Promise<() => void> {
  const network = classifier(await modelOf(options));
  const batch = noiseBatch(options, network.classes);
  const { precision = 'float32' } = options;
  if (what === 'forward') {
    const forward = forwardPass(network, precision);
    return () => tf.tidy(() => void forward({ pixels: batch.pixels, shape: batch.shape }).dataSync());
  }
  if (what !== 'train') throw new Error(`expected forward or train, found ${what}`);
  const step = plainTraining(network, null, precision);
  return () => void step.run(batch, new Int32Array(), 1e-4);
}

async function modelOf({ network, size }: StepOptions): Promise<LayersModel> {
  if (network.endsWith('.onnx')) return (await loadModel(network)).model;
  const { architecture, config } = architectureOf(network);
  return architecture.build(config, { classes: CLASSES, inputSize: size });
}
