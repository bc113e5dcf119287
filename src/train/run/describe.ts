import { stageDescription, queriesOf, type StageOptions, usesMap } from '../../augment/index.js';
import { countsPerClass } from '../../data/index.js';
import type { Precision, Runtime } from '../../tensorflow/index.js';
import { augmentationLine } from './augmentation-line.js';
import { estimate, type Estimate } from './estimate.js';
import type { Parameters } from '../step/index.js';
import type { RunData, RunNetwork } from './prepare.js';
import { firstFew } from '../../text/format.js';
import type { Memory } from '../../process/memory.js';
import type { Recipe } from '../recipe/index.js';
import { mapLooks, mapLooksLine, mapLooksWarnings } from './map-looks.js';
import { precisionOn } from './runtime.js';
import { stageWarnings } from './stage-warnings.js';
import { stopWarnings, validationLine } from './validations.js';

/** A run before it begins, for people (`lines`) and for programs. */
export interface Description {
  lines: string[];
  /** Why the stage or early stopping will do nothing. */
  warnings: string[];
  about: Record<string, unknown>;
}

interface Parts {
  data: RunData;
  network: RunNetwork;
  parameters: Parameters;
  classWeights: number[] | null;
  /** The stage's options on this runtime. */
  stage: StageOptions;
  runtime: Runtime | undefined;
  /** Measures a forward pass for an estimate of time and memory. */
  estimateTime: boolean;
  /** Of this machine. */
  memory: Memory;
}

/** Says what a run will do: network, data, stage, device, and what it will take. */
export function describe(
  recipe: Recipe,
  { data, network, parameters, classWeights, stage, runtime, estimateTime, memory }: Parts,
): Description {
  const { train, val } = data;
  const { model, notes, classifier, layout } = network;
  const trained = parameters.trained.reduce((sum, { variable }) => sum + variable.size, 0);
  const images = { train: train.files.length, val: val.files.length };
  const expected = estimateTime ? estimate(recipe, network, parameters, images) : undefined;
  const looks = mapLooks(recipe, { images, allLearn: parameters.allLearn });
  const precision = precisionOn(runtime, recipe);
  const computing =
    precision === recipe.precision ? precision : `${precision} (${recipe.precision} would be slower here)`;
  const lines = [
    `network: ${model.name}${layout ? ` (${layout})` : ''}, ${millions(model.countParams())} weights, ${millions(trained)} trained, target layer ${classifier.layer}`,
    ...notes.map((note) => `  ${note}`),
    ...depthLines(recipe, parameters),
    `data: ${images.train} training and ${images.val} validation images of ${train.classNames.length} classes (${firstFew(train.classNames)})`,
    `  images a class, training + validation: ${countsPerClass(train, val)}`,
    ...splitLine(recipe),
    ...[train, val].flatMap(({ dir, ignored }) => (ignored ? [`  left out of ${dir}: ${ignored}`] : [])),
    ...(recipe.data.sampling === 'balanced' ? ['  every epoch as many images of each class'] : []),
    ...(classWeights
      ? [
          `  class weights: ${firstFew(train.classNames.map((name, at) => `${name} ${Number(classWeights[at]!.toPrecision(3))}`))}`,
        ]
      : []),
    ...augmentationLine(recipe),
    stageLine(recipe, stage, precision),
    ...validationLine(recipe.schedule),
    ...mapLooksLine(looks, images),
    runtime
      ? `device: ${runtime.device}, TensorFlow ${runtime.tensorflow}, ${runtime.graphs ? 'compiled graphs' : `eager (${runtime.reason})`}, ${computing}`
      : 'device: no native runtime',
    ...(expected ? [estimateLine(expected, memory)] : []),
  ];
  const { enabled, consistency } = recipe.stage;
  const about = { runtime, precision, images, stage: enabled ? { ...stage, consistency, queries: queriesOf(stage) } : null, classNames: train.classNames, ...(classWeights && { classWeights }), targetLayer: classifier.layer, notes, trainedWeights: trained, estimate: expected }; // prettier-ignore
  const warnings = [
    ...stopWarnings(recipe.schedule),
    ...mapLooksWarnings(recipe, looks),
    ...(runtime ? stageWarnings(recipe, network) : []),
  ];
  return { lines, warnings, about };
}

function depthLines({ optimizer, model }: Recipe, { trained }: Parameters): string[] {
  const least = Math.min(...trained.map(({ factor }) => factor));
  return [
    ...(optimizer.layerDecay === null
      ? []
      : [
          `  learning rates: each block ${optimizer.layerDecay} of the next one, ${Number(least.toPrecision(2))} of the whole at least`,
        ]),
    ...(model.dropPath === null ? [] : [`  stochastic depth: up to ${model.dropPath} in the last block`]),
  ];
}

function splitLine({ data: { train, val, splitSeed } }: Recipe): string[] {
  if (typeof val !== 'number') return [];
  return [
    `  validation images: ${Number((100 * val).toPrecision(3))} % of every class of ${train}, split off by seed ${splitSeed}; validation.csv in the run folder names them`,
  ];
}

function stageLine(recipe: Recipe, options: StageOptions, precision: Precision): string {
  const { enabled, method, probability, start, cost, consistency, scoringScale } = recipe.stage;
  if (!enabled) return 'stage: none';
  const { scoringPrecision } = options;
  const queries = queriesOf(options);
  const answer =
    options.method !== method
      ? `cost auto answers with LaFAM in place of ${method}: no query, nearly the same masks (docs/stage.md)`
      : `${usesMap(options) ? method : options.blend}, ${queries > 0 ? `${queries} queries an image` : 'no query'} (cost: ${cost})`;
  return [
    `stage: ${answer}`,
    ...(options.method === 'group-cam' && options.blend === 'blur' ? [] : [stageDescription(options)]),
    ...(scoringScale < 1 ? [`asked at ${scoringScale} of height and width`] : []),
    ...(scoringPrecision && scoringPrecision !== precision ? [`asked in ${scoringPrecision}`] : []),
    ...(consistency > 0 ? [`beside the images as they are, consistency ${consistency}`] : []),
    ...(probability < 1 ? [`on ${Math.round(100 * probability)} % of the images`] : []),
    ...(start > 0 ? [`from epoch ${start + 1}`] : []),
  ].join(', ');
}

function estimateLine({ seconds, bytes }: Estimate, { free }: Memory): string {
  const time = seconds === null ? 'unknown without the native runtime' : `about ${duration(seconds)}`;
  return `estimate: time ${time}, memory about ${(bytes / 1e9).toFixed(1)} GB (${(free / 1e9).toFixed(1)} GB are free)`;
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

function millions(count: number): string {
  return count < 1e6 ? `${Math.round(count / 1e3)} k` : `${(count / 1e6).toFixed(1)} M`;
}
