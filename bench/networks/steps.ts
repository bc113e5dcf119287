import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Batch } from '../../src/data/index.js';
import {
  architectureOf,
  classifier,
  loadModel,
  normalize,
  torchvisionPreprocessing,
} from '../../src/models/index.js';
import { random } from '../../src/random.js';
import { compile } from '../../src/tensorflow/index.js';
import { parametersOf, training } from '../../src/train/index.js';

const CLASSES = 1000;

/** What is timed: a network, and how large its images and batches are. */
export interface StepOptions {
  /** An ONNX file, or the name of a network that camtune builds. */
  network: string;
  batch: number;
  size: number;
}

/**
 * A step as bench/networks/pytorch.py makes it: bytes in, loss or logits out; the training step is SGD with momentum and
 * weight decay on every weight.
 *
 * @returns a function that makes one step and waits for its result
 */
export async function stepOf(what: string, options: StepOptions): Promise<() => void> {
  const network = classifier(await modelOf(options));
  const batch = noise(options, network.classes);
  if (what === 'forward') {
    const forward = compile(
      (pixels: tf.Tensor4D) => tf.tidy(() => network.logits(normalize(pixels, torchvisionPreprocessing))),
      { name: 'forward' },
    );
    return () => tf.tidy(() => void forward({ pixels: batch.pixels, shape: batch.shape }).dataSync());
  }
  if (what !== 'train') throw new Error(`expected forward or train, found ${what}`);
  const step = training(network, {
    preprocessing: torchvisionPreprocessing,
    parameters: parametersOf(network.model, {
      freeze: [],
      freezeNorm: false,
      decayNormAndBias: true,
      headFactor: 1,
    }),
    optimizer: { name: 'sgd', momentum: 0.9, nesterov: false, weightDecay: 1e-4, clipNorm: null },
    labelSmoothing: 0,
    stage: null,
    precision: 'float32',
    accumulates: false,
  });
  return () => void step.run(batch, new Int32Array(), 1e-4);
}

async function modelOf({ network, size }: StepOptions): Promise<LayersModel> {
  if (network.endsWith('.onnx')) return (await loadModel(network)).model;
  const { architecture, config } = architectureOf(network);
  return architecture.build(config, { classes: CLASSES, inputSize: size });
}

/** Seeded noise as images: time does not depend on what they show. */
function noise({ batch, size }: StepOptions, classes: number): Batch {
  const next = random(1);
  return {
    number: 0,
    pixels: Uint8Array.from({ length: batch * size * size * 3 }, () => 256 * next()),
    shape: [batch, size, size, 3],
    labels: Int32Array.from({ length: batch }, (_, index) => index % classes),
    files: [],
    crops: [],
  };
}
