import * as tf from '@tensorflow/tfjs-core';
import { stat } from 'node:fs/promises';
import { upload } from '../data/index.js';
import { loadTensorflowOrCpu } from '../tensorflow/index.js';
import { classifier, type Classifier, type Preprocessing } from './classifier/index.js';
import { loadModel } from './load-model.js';
import type { LoadOptions } from './loaded-model.js';
import { networkInput, type NetworkInput } from './network-input.js';
import { weightsIn } from './weights-folder.js';

export interface OpenOptions extends Pick<LoadOptions, 'layout' | 'preprocessing'> {
  /** Name of the target layer; default: the last one with spatial output. */
  layer?: string;
  /** Is told what the loader had to assume or change, and where it is slow. Default: console.warn. */
  onNote?: (note: string) => void;
}

/** A classifier with everything that belongs to its weights: it reads images for itself. */
export interface OpenedClassifier extends Classifier, NetworkInput {
  preprocessing: Preprocessing;
  device: string;
  /** Where the weights are and when they were last changed: results of other weights are not mixed with these. */
  weights: { path: string; modified: string };
  /**
   * An image as the network's input.
   *
   * @param path of a JPEG, PNG, WebP or other image file
   * @returns float32 [1, H, W, C], preprocessed; the caller owns it
   * @throws Failure where the file cannot be read
   */
  read(path: string): Promise<tf.Tensor4D>;
  /** Frees the model. */
  dispose(): void;
}

/**
 * Opens weights of any kind: the network with its preprocessing and class names, on native TensorFlow; where that is not
 * set up, in plain JavaScript, which is slow and says so.
 *
 * ```ts
 * const network = await openClassifier('checkpoints/resnet50-imagenette');
 * const { map } = groupCam(network, await network.read('photo.jpg'));
 * ```
 *
 * @param path a camtune checkpoint, a tfjs LayersModel (folder or model.json), .safetensors, a PyTorch state_dict or a
 *   Keras .h5
 * @throws Failure where the file is broken; InvalidInput where there is no such file or
 *   layer
 */
export async function openClassifier(path: string, options: OpenOptions = {}): Promise<OpenedClassifier> {
  const { layer, onNote = (note) => console.warn(note), ...wanted } = options;
  const { device } = await loadTensorflowOrCpu(onNote);
  const { model, preprocessing, classNames, notes } = await loadModel(path, wanted);
  try {
    const network = classifier(model, { preprocessing, classNames, layer });
    const input = networkInput(network, preprocessing);
    if (input.preprocessing !== preprocessing) {
      const [height, width] = input.size;
      notes.push(`preprocessing fitted to ${height}×${width} px: it is for ${preprocessing.crop}`);
    }
    [...notes, ...network.notes].forEach(onNote);
    return {
      ...network,
      ...input,
      device,
      weights: { path, modified: await modified(path) },
      read: async (image) => {
        const { pixels } = await input.decode(image);
        const shape: [number, number, number, 3] = [1, ...input.size, 3];
        return tf.tidy(() => input.prepare(upload({ pixels, shape, labels: new Int32Array(1) }).xs));
      },
      dispose: () => model.dispose(),
    };
  } catch (error) {
    model.dispose();
    throw error;
  }
}

async function modified(path: string): Promise<string> {
  const entry = await stat(path);
  const { mtime } = entry.isDirectory() ? await stat(await weightsIn(path)) : entry;
  return mtime.toISOString();
}
