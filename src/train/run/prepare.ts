import { isAbsolute, join } from 'node:path';
import { methodAt, stageOptions, type StageOptions } from '../../augment/index.js';
import {
  type ErrorPolicy,
  imageReader,
  type ImageReader,
  listImages,
  type ListedBoxes,
  type Listing,
  type Policy,
  readBoxes,
  type CropSpec,
  keptSplit,
  type Share,
  type Split,
  stratifiedSplit,
} from '../../data/index.js';
import { invalid } from '../../errors.js';
import { type Runtime, usefulPrecision } from '../../tensorflow/index.js';
import {
  architectureOf,
  classifier,
  type Classifier,
  forSize,
  loadModel,
  noBranches,
  type LoadedModel,
  torchvisionPreprocessing,
} from '../../models/index.js';
import { homePath } from '../../files/home.js';
import { mixSeeds, permutation, random } from '../../random.js';
import type { Recipe } from '../recipe/index.js';
import { parametersOf, type Parameters } from '../step/index.js';

/** The data of a run, listed but not read. */
export interface RunData {
  train: Listing;
  val: Listing;
  /** Annotated boxes of the training images, where the stage asks for them. */
  boxes: ListedBoxes | null;
}

/**
 * Lists both data sets, and reads the boxes that the stage asks for.
 *
 * @param baseFolder what relative paths of the recipe start from
 * @param kept table of the validation images that the run split off when it began
 * @throws InvalidInput as listImages and readBoxes do, and for a class in val that train lacks
 */
export async function listData(recipe: Recipe, baseFolder: string, kept?: string): Promise<RunData> {
  const { data, stage } = recipe;
  const { train, val } = await listParts(data, baseFolder, kept);
  const file = stage.enabled && stage.method === 'boxes' ? data.trainBoxes : null;
  if (file === null) return { train, val, boxes: null };
  const boxes = await readBoxes(resolve(baseFolder, file), train);
  return { train, val, boxes: someBoxes(boxes, data.boxShare, recipe.seed) };
}

/** The boxes of some images, drawn at random: of one at least. */
function someBoxes(boxes: ListedBoxes, share: number, seed: number): ListedBoxes {
  if (share === 1) return boxes;
  const files = [...boxes.keys()].sort();
  const drawn = permutation(files.length, random(mixSeeds(seed, 0xb0e5)));
  const count = Math.max(1, Math.round(share * files.length));
  const kept = new Set(Array.from(drawn.subarray(0, count), (place) => files[place]!));
  return new Map([...boxes].filter(([file]) => kept.has(file)));
}

async function listParts(
  { train: folder, val, limit: most, limitSeed, splitSeed }: Recipe['data'],
  baseFolder: string,
  kept?: string,
): Promise<Split> {
  const limit = most === null ? {} : { limit: most };
  const drawn = limitSeed === null ? {} : { limitSeed };
  const train = await listImages(resolve(baseFolder, folder), { ...limit, ...drawn });
  if (typeof val === 'number')
    return kept === undefined ? stratifiedSplit(train, val, splitSeed) : keptSplit(train, kept);
  const { classNames } = train;
  return { train, val: await listImages(resolve(baseFolder, val), { ...limit, classNames }) };
}

/** A network that is ready to be trained on a data set. */
export interface RunNetwork extends LoadedModel {
  classifier: Classifier;
}

/**
 * Loads or makes the network of a recipe, with a head for the classes of the data.
 *
 * @param weights in place of the recipe's: a checkpoint to go on from
 * @throws InvalidInput as loadModel does, and for a layout or a size that is not that of the weights
 */
export async function makeNetwork(
  recipe: Recipe,
  classNames: string[],
  baseFolder: string,
  weights = recipe.model.weights && resolve(baseFolder, recipe.model.weights),
): Promise<RunNetwork> {
  const { model: wanted, data, seed } = recipe;
  const layout = wanted.layout ? { layout: wanted.layout } : {};
  const loaded: LoadedModel = weights
    ? await loadModel(weights, { classNames, seed, size: data.size, ...layout })
    : newNetwork(recipe, classNames);
  if (wanted.layout && loaded.layout !== wanted.layout) {
    loaded.model.dispose();
    const own = loaded.layout ? `${loaded.layout}, which these weights were made with` : 'null: these weights bring a network of their own'; // prettier-ignore
    throw invalid('model.layout', own, wanted.layout, `leave it out with ${weights}`);
  }
  const [, height, width] = loaded.model.inputs[0]!.shape;
  if ([height, width].some((side) => side !== null && side !== data.size)) {
    loaded.model.dispose();
    const only = height === width ? `${height}, the only size that these weights take` : `weights for square images, not ${width} × ${height}`; // prettier-ignore
    throw invalid('data.size', only, data.size);
  }
  const preprocessing = { ...forSize(loaded.preprocessing, data.size), resize: data.resize };
  const layer = recipe.stage.layer ? { layer: recipe.stage.layer } : {};
  const network = classifier(loaded.model, { preprocessing, classNames, ...layer });
  if (wanted.dropPath && !network.dropsPaths) {
    loaded.model.dispose();
    throw noBranches(loaded.model.name);
  }
  return { ...loaded, preprocessing, notes: [...loaded.notes, ...network.notes], classifier: network };
}

/**
 * The weights of a network that a recipe trains.
 *
 * @throws InvalidInput as parametersOf does
 */
export function recipeParameters({ model: wanted, optimizer }: Recipe, { model }: RunNetwork): Parameters {
  const { decayNormAndBias, headFactor, layerFactors, layerDecay } = optimizer;
  return parametersOf(model, { ...wanted, decayNormAndBias, headFactor, layerFactors, layerDecay });
}

/** The network of a recipe without weights. */
function newNetwork({ model: wanted, data, seed }: Recipe, classNames: string[]): LoadedModel {
  const { architecture, config } = architectureOf(wanted.architecture, 'model.architecture');
  const layout = wanted.layout ?? 'stride-in-3x3';
  const isBottleneck = 'block' in config && config.block === 'bottleneck';
  const options = {
    classes: classNames.length,
    seed,
    zeroGamma: wanted.zeroGamma,
    inputSize: architecture.fixedSize ? data.size : null,
  };
  return {
    model: architecture.build({ ...config, ...(isBottleneck && { layout }) }, options),
    preprocessing: architecture.sources[0]?.preprocessing ?? torchvisionPreprocessing,
    classNames,
    ...(isBottleneck && { layout }),
    newHead: true,
    notes: ['no starting weights: initialized as He et al. (2015)'],
  };
}

/** How validation images are cropped. */
export function validationCrop({ data }: Recipe, { preprocessing }: RunNetwork): CropSpec {
  return { crop: 'center', size: data.size, resize: data.resize, interpolation: preprocessing.interpolation };
}

/**
 * The reader of the training images: shuffled, cropped at random as the recipe says.
 *
 * @param share this process's part of every batch; default: all of it
 */
export function trainingReader(
  { data, seed }: Recipe,
  listing: Listing,
  { preprocessing }: RunNetwork,
  share?: Share,
): ImageReader {
  const { crop, scale, ratio, flip } = data.augment;
  const { interpolation } = preprocessing;
  const views: Record<typeof crop, CropSpec> = {
    'random-resized': { crop: 'random-resized', size: data.size, scale, ratio, flip, interpolation },
    'resize-crop': { crop: 'resize-crop', size: data.size, resize: data.resize, flip, interpolation },
    center: { crop: 'center', size: data.size, resize: data.resize, interpolation },
  };
  return imageReader(listing, {
    batchSize: data.batchSize,
    view: views[crop],
    shuffle: true,
    sampling: data.sampling,
    policy: policyOf(data),
    seed,
    ...(share && { share }),
    ...errorPolicy(data),
  });
}

/** How a recipe distorts the crops. */
function policyOf({ augment: { policy } }: Recipe['data']): Policy | null {
  const { name, ops, magnitude } = policy;
  return name === 'rand-augment' ? { name, ops, magnitude } : name && { name };
}

/** What a recipe does about files that cannot be read. */
export function errorPolicy({ onError, maxErrorShare }: Recipe['data']): ErrorPolicy {
  return { onError, ...(maxErrorShare !== null && { maxErrorShare }) };
}

/**
 * The stage's options of a recipe.
 *
 * @param runtime where they are to be used: there the network is not asked in 16 bits where these are slower
 */
export function stageOf(
  { stage, precision }: Recipe,
  runtime?: Pick<Runtime, 'bfloat16' | 'device'>,
): StageOptions {
  const { blend, groups, threshold, blur, target, chunk, cost, scoringScale } = stage;
  const method = methodAt(cost, stage.method);
  const cheapest = cost === 'auto' && precision === 'float32' ? 'bfloat16' : null;
  const asked = stage.scoringPrecision ?? cheapest;
  const scoringPrecision = asked && runtime ? usefulPrecision(asked, runtime) : asked;
  const options = { method, blend, groups, threshold, blur, target, chunk, scoringScale, scoringPrecision };
  return stageOptions(options);
}

function resolve(baseFolder: string, path: string): string {
  const written = homePath(path);
  return isAbsolute(written) ? written : join(baseFolder, written);
}
