import { cpus } from 'node:os';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { labelTable, listImages, partOf, type Listing } from '../../src/data/index.js';
import { Failure } from '../../src/errors.js';
import { writeFileAtomic } from '../../src/files/write-atomic.js';
import { readMetrics, type EpochLine } from '../../src/log/index.js';
import { resnet50, saveModel, torchvisionPreprocessing } from '../../src/models/index.js';
import { loadTensorflow } from '../../src/tensorflow/index.js';
import { canResume, train } from '../../src/train/index.js';
import { completeRecipe } from '../../src/train/recipe/index.js';
import { mixSeeds, permutation, random } from '../../src/random.js';
import { scenarios, tasks, type Scenario, type Task } from './scenarios.js';
import type { RegretEpoch, RegretRun } from './types.js';

const SIZE = 112;

interface Places {
  /** Holds the data sets. */
  data: string;
  /** Starting weights for `resnet50`. */
  weights: string;
  /** Where runs are made. */
  work: string;
}

/** Makes a run, or goes on with one that was stopped; null where the user stops it. */
export async function makeRun(
  { data, scenario, seed }: { data: string; scenario: string; seed: number },
  { data: folder, weights, work }: Places,
  log: (line: string) => void,
): Promise<RegretRun | null> {
  const task = tasks[data]!;
  const changes = scenarios[scenario]!;
  const runFolder = join(work, `${data}-${scenario}-${seed}`.replaceAll(' ', '-'));
  await mkdir(runFolder, { recursive: true });
  const tables = await writeTables(join(folder, task.folder), runFolder, task, changes, seed);
  const recipe = completeRecipe({
    model: task.weights
      ? { weights: resolve(weights), freeze: ['conv1*', 'bn1*', 'layer1*', 'layer2*', 'layer3*'] }
      : { weights: await smallNetwork(work, seed) },
    data: {
      train: tables.train,
      val: tables.val,
      batchSize: task.batchSize,
      size: SIZE,
      resize: 128,
      augment: {
        crop: changes.crop ?? 'random-resized',
        scale: [0.4, 1],
        flip: changes.crop === 'center' ? 0 : 0.5,
      },
    },
    stage: { enabled: false },
    optimizer: { learningRate: task.learningRate * (changes.rate ?? 1) },
    schedule: {
      epochs: task.epochs,
      kind: changes.kind ?? 'constant',
      stop: { saliency: { within: 1.1, images: 16 } },
    },
    log: { saliency: false, tensorboard: false },
    checkpoint: { keep: 1 },
    seed,
  });
  const started = performance.now();
  const failed = await train(recipe, { runFolder, resume: canResume(runFolder), log }).then(
    ({ finished }) => (finished ? undefined : null),
    (error: unknown) => {
      // A rate that is too high may end in a loss that is not finite: that is an outcome.
      if (error instanceof Failure && error.message.includes('finite')) return error.message;
      throw error;
    },
  );
  if (failed === null) return null;
  const lines = readMetrics(join(runFolder, 'metrics.jsonl')).filter((line) => line.kind === 'epoch');
  const { peak, rates } = ratesOf(runFolder);
  return {
    data,
    scenario,
    seed,
    peak,
    images: { train: tables.images, val: task.valPerClass * 10, maps: 16 },
    epochs: lines.map((line) => epochOf(line, rates.get(line.epoch) ?? line.learningRate)),
    ...(failed !== undefined && { failed }),
    machine: cpus()[0]?.model ?? 'unknown',
    seconds: Math.round((performance.now() - started) / 1000),
  };
}

function epochOf(line: EpochLine, rate: number): RegretEpoch {
  const { epoch, trainLoss, valLoss, valTop1 } = line;
  const figure = (key: string): number | null => {
    const value = line[key];
    return typeof value === 'number' ? Number(value.toPrecision(6)) : null;
  };
  return {
    epoch,
    trainLoss: Number(trainLoss.toPrecision(6)),
    valLoss: Number(valLoss!.toPrecision(6)),
    valTop1: Number(valTop1!.toPrecision(6)),
    changeOverFloor: figure('changeOverFloor'),
    mapChange: figure('mapChange'),
    mapFloor: figure('mapFloor'),
    mapZero: figure('mapZero') ?? 0,
    mapCost: Number((figure('mapCost') ?? 0).toPrecision(3)),
    rate: Number(rate.toPrecision(6)),
  };
}

/** As the last checkpoint has them. */
function ratesOf(runFolder: string): { peak: number; rates: Map<number, number> } {
  const path = join(runFolder, 'checkpoints', 'last', 'state.json');
  if (!existsSync(path)) return { peak: 0, rates: new Map() };
  const { maps } = JSON.parse(readFileSync(path, 'utf8')) as {
    maps: { peak: number; epochs: { epoch: number; rate: number }[] };
  };
  return { peak: maps.peak, rates: new Map(maps.epochs.map(({ epoch, rate }) => [epoch, rate])) };
}

/** Training images are drawn with the seed; validation images are always the same. */
async function writeTables(
  folder: string,
  runFolder: string,
  { perClass, valPerClass }: Task,
  { perClass: fewer, flipped = 0 }: Scenario,
  seed: number,
): Promise<{ train: string; val: string; images: number }> {
  const [train, val] = await Promise.all([
    listImages(join(folder, 'train')),
    listImages(join(folder, 'val')),
  ]);
  const drawn = drawnOf(train, fewer ?? perClass, seed);
  const next = random(mixSeeds(seed, 0xf11b));
  const classes = train.classNames.length;
  const wrong = permutation(drawn.files.length, next).subarray(0, Math.round(flipped * drawn.files.length));
  for (const image of wrong)
    drawn.labels[image] = (drawn.labels[image]! + 1 + Math.floor(next() * (classes - 1))) % classes;
  const paths = { train: resolve(runFolder, 'train.csv'), val: resolve(runFolder, 'val.csv') };
  await writeFileAtomic(paths.train, labelTable(drawn, runFolder));
  await writeFileAtomic(paths.val, labelTable(drawnOf(val, valPerClass, 0), runFolder));
  return { ...paths, images: drawn.files.length };
}

function drawnOf(listing: Listing, perClass: number, seed: number): Listing {
  const chosen = listing.classNames.flatMap((_, label) => {
    const own = [...listing.labels.keys()].filter((index) => listing.labels[index] === label);
    const order = permutation(own.length, random(mixSeeds(seed, 0xd4a3, label)));
    return Array.from(order.subarray(0, perClass), (place) => own[place]!);
  });
  return partOf(listing, chosen);
}

/** A ResNet of four bottlenecks, initialized with the seed. */
async function smallNetwork(work: string, seed: number): Promise<string> {
  const path = resolve(work, `small-${seed}`);
  await rm(path, { recursive: true, force: true });
  await loadTensorflow();
  const model = resnet50({ classes: 10, blocks: [1, 1, 1, 1], width: 16, inputSize: null, seed });
  await saveModel(model, path, { preprocessing: { ...torchvisionPreprocessing, crop: SIZE, resize: 128 } });
  model.dispose();
  return path;
}
