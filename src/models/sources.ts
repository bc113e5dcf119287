import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { Failure, show } from '../errors.js';
import { buildFor, layoutFrom } from './architecture.js';
import type { HubConfig } from './hub-config.js';
import type { Preprocessing } from './classifier/index.js';
import { readInformation } from './information.js';
import { readLayersModel } from './layers-model-files.js';
import type { LoadedModel, LoadOptions } from './loaded-model.js';
import { registerOnnxLayers } from './onnx/index.js';
import { forSize, parsePreprocessing, torchvisionPreprocessing } from './preprocessing.js';
import type { ModelInformation } from './save-model.js';
import { checkSizes } from './sizes.js';
import { checkTopology } from './topology.js';
import { withinBudget } from './weight-budget.js';
import { registerLayers } from './layers/index.js';
import { recognize, type Source } from './networks/index.js';
import {
  kerasResnetToTorch,
  readKeras,
  readKeras3,
  readSafetensorsFile,
  readSharded,
  readTorch,
  withoutPrefixes,
} from './weights/index.js';
import type { KerasFile, WeightFile } from './weights/index.js';

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

export async function fromSafetensors(
  path: string,
  options: LoadOptions,
  beside?: HubConfig,
): Promise<LoadedModel> {
  return fromTorchNames(await readSafetensorsFile(path), path, options, beside);
}

export async function fromTorch(
  path: string,
  options: LoadOptions,
  beside?: HubConfig,
): Promise<LoadedModel> {
  return fromTorchNames(await readTorch(path), path, options, beside);
}

/** Weights in several files, which an index names. */
export async function fromIndex(
  path: string,
  options: LoadOptions,
  beside?: HubConfig,
): Promise<LoadedModel> {
  const read = /\.bin\.index\.json$/.test(path) ? readTorch : readSafetensorsFile;
  return fromTorchNames(await readSharded(path, read), path, options, beside);
}

/** A whole Keras 2 model, or the weights alone of Keras's ResNet50. */
export async function fromKeras(path: string, options: LoadOptions): Promise<LoadedModel> {
  return fromKerasFile(await readKeras(path), path, options);
}

/** A whole Keras 3 model (.keras). */
export async function fromKeras3(path: string, options: LoadOptions): Promise<LoadedModel> {
  return fromKerasFile(await readKeras3(path), path, options);
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
    weightData: entries.map(({ values }) => values.buffer as ArrayBuffer),
  });
}

async function build(path: string, artifacts: tf.io.ModelArtifacts): Promise<LoadedModel> {
  registerOnnxLayers();
  checkTopology(artifacts.modelTopology, path);
  registerLayers();
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
  const [first = ''] = (error as Error).message.split('\n');
  const line = first.replace(/ This may be due to .*$/, '');
  return line.length > 300 ? `${line.slice(0, 297)}...` : line;
}

function fromTorchNames(
  given: WeightFile,
  path: string,
  options: LoadOptions,
  beside?: HubConfig,
): LoadedModel {
  const { tensors, notes } = withoutPrefixes(given.tensors);
  const weights = { ...given, tensors };
  const { metadata } = weights;
  const information = informationOf(metadata, path);
  const layout = options.layout ?? information.layout ?? layoutFrom(metadata);
  const stored = [...tensors.values()].map(({ shape }) => shape);
  const recognized = recognize(weights, path);
  const { architecture, source } = recognized;
  const settings = beside && source.configure?.(beside.config);
  const classes = options.classNames?.length ?? options.classes ?? beside?.classNames?.length;
  const { model, newHead } = withinBudget(stored, path, () =>
    buildFor(weights, path, { recognized, layout, settings, classes, seed: options.seed }),
  );
  const isResNet = architecture.name === 'ResNet';
  const hasLayout = isResNet && 'block' in recognized.config && recognized.config.block === 'bottleneck';
  if (hasLayout && !layout && source.name === 'torchvision') {
    notes.push("the file does not say where the stride is: 'stride-in-3x3' (torchvision) is assumed");
  }
  if (newHead) notes.push(`the file has no last layer: a new one for ${model.outputs[0]!.shape[1]} classes, which has learned nothing`); // prettier-ignore
  const classNames =
    information.classNames ??
    metadata['classes']?.split(',').map((name) => name.trim()) ??
    beside?.classNames;
  const preprocessing = information.preprocessing ?? preprocessingFrom(metadata, source, beside, notes);
  return {
    model,
    preprocessing,
    ...(!newHead && fitting(classNames, model, notes)),
    notes,
    ...(hasLayout && { layout: layout ?? 'stride-in-3x3' }),
    ...(newHead && { newHead }),
  };
}

/** What camtune wrote into a safetensors file of its own. */
function informationOf({ camtune }: Record<string, string>, path: string): ModelInformation {
  if (camtune === undefined) return {};
  let written: unknown;
  try {
    written = JSON.parse(camtune);
  } catch {
    throw new Failure(`${path}: its metadata's camtune: expected JSON, found ${show(camtune)}`);
  }
  return readInformation({ userDefinedMetadata: { camtune: written as object } }, path);
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

function preprocessingFrom(
  metadata: Record<string, string>,
  source: Source<object>,
  beside: HubConfig | undefined,
  notes: string[],
): Preprocessing {
  const text = metadata['preprocessing'];
  const preprocessing = text === undefined ? undefined : parsePreprocessing(text);
  if (preprocessing) return preprocessing;
  if (beside?.preprocessing) {
    notes.push(...beside.notes);
    return beside.preprocessing;
  }
  const otherwise = `${source.name}'s is assumed`;
  notes.push(
    text === undefined
      ? `preprocessing not recorded: ${otherwise}`
      : `preprocessing '${text}' not understood: ${otherwise}`,
  );
  return source.preprocessing;
}
