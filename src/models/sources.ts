import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { Failure } from '../errors.js';
import { readRegularFile } from '../read-file.js';
import { buildFor, layoutFrom } from './architecture.js';
import type { Preprocessing } from './classifier/index.js';
import { readInformation } from './information.js';
import { readLayersModel } from './layers-model-files.js';
import type { LoadedModel, LoadOptions } from './loaded-model.js';
import { registerOnnxLayers } from './onnx/index.js';
import { forSize, parsePreprocessing, torchvisionPreprocessing } from './preprocessing.js';
import { checkSizes } from './sizes.js';
import { checkTopology } from './topology.js';
import { withinBudget } from './weight-budget.js';
import { assignWeights, kerasResnetToTorch, readKeras, readSafetensors, readTorch } from './weights/index.js';
import type { KerasFile, WeightFile } from './weights/index.js';

/** What Node reads in one piece. */
const largestFile = 2 ** 31 - 1;
const assumed = "preprocessing not recorded: torchvision's is assumed";

/** A tfjs LayersModel with what camtune wrote beside it. */
export async function fromLayersModel(path: string): Promise<LoadedModel> {
  const artifacts = await readLayersModel(path);
  const { preprocessing, classNames, layout } = readInformation(artifacts, path);
  const loaded = await build(path, artifacts);
  const notes = preprocessing ? [] : loaded.notes;
  return {
    ...loaded,
    ...(preprocessing && { preprocessing }),
    ...fitting(classNames, loaded.model, notes),
    ...(layout && { layout }),
    notes,
  };
}

export async function fromSafetensors(path: string, options: LoadOptions): Promise<LoadedModel> {
  return fromTorchNames(readSafetensors(await readRegularFile(path, largestFile), path), path, options);
}

export async function fromTorch(path: string, options: LoadOptions): Promise<LoadedModel> {
  return fromTorchNames(readTorch(await readRegularFile(path, largestFile), path), path, options);
}

/** A whole Keras 2 model, or the weights alone of Keras's ResNet50. */
export async function fromKeras(path: string, options: LoadOptions): Promise<LoadedModel> {
  return fromKerasFile(await readKeras(path), path, options);
}

export async function fromKerasFile(
  { topology, tensors }: KerasFile,
  path: string,
  options: LoadOptions,
): Promise<LoadedModel> {
  if (!topology) return fromTorchNames(kerasResnetToTorch(tensors, path), path, options);
  const entries = [...tensors].map(([name, { shape, read }]) => ({ name, shape, values: read() }));
  return build(path, {
    modelTopology: { model_config: topology },
    weightSpecs: entries.map(({ name, shape }) => ({ name, shape, dtype: 'float32' as const })),
    weightData: tf.io.concatenateArrayBuffers(entries.map(({ values }) => values.buffer as ArrayBuffer)),
  });
}

async function build(path: string, artifacts: tf.io.ModelArtifacts): Promise<LoadedModel> {
  registerOnnxLayers();
  checkTopology(artifacts.modelTopology, path);
  const stored = (artifacts.weightSpecs ?? []).map(({ shape }) => shape);
  try {
    const load = () => loadLayersModel(tf.io.fromMemory(artifacts));
    const model = await withinBudget(stored, path, load);
    checkSizes(model, path);
    const [, height, width] = model.inputs[0]?.shape ?? [];
    const side = Math.max(height ?? 0, width ?? 0) || torchvisionPreprocessing.crop;
    return { model, preprocessing: forSize(torchvisionPreprocessing, side), notes: [assumed] };
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(`${path}: tfjs cannot build this model: ${reason(error)}`, { cause: error });
  }
}

/** What tfjs says, shortened to a sentence; where it stumbled instead of saying something, that. */
function reason(error: unknown): string {
  const stumbled =
    error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
  if (stumbled) return 'its description or its weights are malformed';
  const [line = ''] = (error as Error).message.split('\n');
  return line.length > 300 ? `${line.slice(0, 297)}...` : line;
}

function fromTorchNames(weights: WeightFile, path: string, options: LoadOptions): LoadedModel {
  const { metadata } = weights;
  const notes: string[] = [];
  const layout = options.layout ?? layoutFrom(metadata);
  const stored = [...weights.tensors.values()].map(({ shape }) => shape);
  const { model, isResNet } = withinBudget(stored, path, () => buildFor(weights, path, layout));
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
  const preprocessing = preprocessingFrom(metadata, notes);
  return {
    model,
    preprocessing,
    ...fitting(classNames, model, notes),
    notes,
    ...(isResNet && { layout: layout ?? 'stride-in-3x3' }),
  };
}

/** The class names where there is one for each output; otherwise a note. */
function fitting(
  classNames: string[] | undefined,
  model: LoadedModel['model'],
  notes: string[],
): { classNames?: string[] } {
  if (!classNames) return {};
  if (classNames.length === model.outputs[0]!.shape.at(-1)) return { classNames };
  notes.push(`its metadata names ${classNames.length} classes, not one an output: left out`);
  return {};
}

function preprocessingFrom(metadata: Record<string, string>, notes: string[]): Preprocessing {
  const text = metadata['preprocessing'];
  const preprocessing = text === undefined ? undefined : parsePreprocessing(text);
  if (!preprocessing)
    notes.push(text === undefined ? assumed : `preprocessing '${text}' not understood: ${assumed}`);
  return preprocessing ?? torchvisionPreprocessing;
}
