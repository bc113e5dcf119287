import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { readFile } from 'node:fs/promises';
import { Failure } from '../errors.js';
import { buildFor, layoutFrom } from './architecture.js';
import type { Preprocessing } from './classifier/index.js';
import { readLayersModel } from './layers-model-files.js';
import type { LoadedModel, LoadOptions } from './loaded-model.js';
import { forSize, isPreprocessing, parsePreprocessing, torchvisionPreprocessing } from './preprocessing.js';
import type { ModelInformation } from './save-model.js';
import {
  assignWeights,
  kerasResnetToTorch,
  readKeras,
  readSafetensors,
  readTorch,
  type WeightFile,
} from './weights/index.js';

const assumed = "preprocessing not recorded: torchvision's is assumed";

/** A tfjs LayersModel with what camtune wrote beside it. */
export async function fromLayersModel(path: string): Promise<LoadedModel> {
  const artifacts = await readLayersModel(path);
  const loaded = await build(path, artifacts);
  const information = (artifacts.userDefinedMetadata?.['camtune'] ?? {}) as ModelInformation;
  const { preprocessing, classNames, layout } = information;
  if (preprocessing !== undefined && !isPreprocessing(preprocessing)) {
    throw new Failure(`${path}: its preprocessing is malformed`);
  }
  return {
    ...loaded,
    ...(preprocessing && { preprocessing, notes: [] }),
    ...(classNames && { classNames }),
    ...(layout && { layout }),
  };
}

export async function fromSafetensors(path: string, options: LoadOptions): Promise<LoadedModel> {
  return fromTorchNames(readSafetensors(await readFile(path), path), path, options);
}

export async function fromTorch(path: string, options: LoadOptions): Promise<LoadedModel> {
  return fromTorchNames(readTorch(await readFile(path), path), path, options);
}

/** A whole Keras 2 model, or the weights alone of Keras's ResNet50. */
export async function fromKeras(path: string, options: LoadOptions): Promise<LoadedModel> {
  const { topology, tensors } = await readKeras(path);
  if (!topology) return fromTorchNames(kerasResnetToTorch(tensors, path), path, options);
  const entries = [...tensors].map(([name, { shape, read }]) => ({ name, shape, values: read() }));
  return build(path, {
    modelTopology: { model_config: topology },
    weightSpecs: entries.map(({ name, shape }) => ({ name, shape, dtype: 'float32' as const })),
    weightData: tf.io.concatenateArrayBuffers(entries.map(({ values }) => values.buffer as ArrayBuffer)),
  });
}

async function build(path: string, artifacts: tf.io.ModelArtifacts): Promise<LoadedModel> {
  try {
    const model = await loadLayersModel(tf.io.fromMemory(artifacts));
    const [, height, width] = model.inputs[0]?.shape ?? [];
    const side = Math.max(height ?? 0, width ?? 0) || torchvisionPreprocessing.crop;
    return { model, preprocessing: forSize(torchvisionPreprocessing, side), notes: [assumed] };
  } catch (error) {
    throw new Failure(`${path}: tfjs cannot build this model: ${(error as Error).message}`);
  }
}

function fromTorchNames(weights: WeightFile, path: string, options: LoadOptions): LoadedModel {
  const { metadata } = weights;
  const notes: string[] = [];
  const layout = options.layout ?? layoutFrom(metadata);
  const { model, isResNet } = buildFor(weights, path, layout);
  try {
    assignWeights(model, weights, path);
  } catch (error) {
    model.dispose();
    throw error;
  }
  if (isResNet && !layout) {
    notes.push("the file does not say where the stride is: 'stride-in-3x3' (torchvision) is assumed");
  }
  const classNames = metadata['classes']?.split(',').map((name) => name.trim());
  const fits = classNames?.length === model.outputs[0]!.shape[1];
  if (classNames && !fits)
    notes.push(`its metadata names ${classNames.length} classes, not one an output: left out`);
  return {
    model,
    preprocessing: preprocessingFrom(metadata, notes),
    notes,
    ...(classNames && fits && { classNames }),
    ...(isResNet && { layout: layout ?? 'stride-in-3x3' }),
  };
}

function preprocessingFrom(metadata: Record<string, string>, notes: string[]): Preprocessing {
  const text = metadata['preprocessing'];
  const preprocessing = text === undefined ? undefined : parsePreprocessing(text);
  if (!preprocessing)
    notes.push(text === undefined ? assumed : `preprocessing '${text}' not understood: ${assumed}`);
  return preprocessing ?? torchvisionPreprocessing;
}
