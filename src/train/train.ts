import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Variable } from '@tensorflow/tfjs-core';
import { probeStageOptions } from '../augment/index.js';
import { dataNotes, labelTable } from '../data/index.js';
import { writeFileAtomic } from '../files.js';
import { saveModel } from '../models/index.js';
import { report } from '../monitor/index.js';
import type { Group } from '../distributed/index.js';
import { invalid } from '../errors.js';
import type { Precision } from '../tensorflow/index.js';
import {
  classWeightsOf,
  describe,
  findResumed,
  freshState,
  inRunFolder,
  listData,
  makeNetwork,
  precisionOn,
  snapshotter,
  readProbe,
  recipeFile,
  refuseRun,
  restoreSlots,
  splitFile,
  stageOf,
  startLog,
  trainingReader,
  useRuntime,
  validationCrop,
  watchInterrupt,
  type Description,
  type Resumed,
  type RunData,
  type RunNetwork,
  type RunState,
} from './run/index.js';
import { alone, earlyEnd, runEpochs, type Progress, type Together } from './loop/index.js';
import {
  parametersOf,
  training,
  validator,
  variableOf,
  weightAverage,
  type Parameters,
  type WeightAverage,
} from './step/index.js';
import { type Recipe, recipeToYaml } from './recipe/index.js';

export interface TrainOptions {
  /** Where everything is written. */
  runFolder: string;
  /** Go on from the run's last checkpoint; without one, begin anew. */
  resume?: boolean;
  /** What relative paths of the recipe start from; default: the working folder. */
  baseFolder?: string;
  /** Receives lines for people. */
  log?: (line: string) => void;
  /** Makes a progress display. */
  progress?: (task: { label: string; total: number; unit: string }) => Progress;
  /** Only describe what would happen. */
  dryRun?: boolean;
  /** Called when an epoch has been logged and report.html drawn, and once more at the end. */
  onEpoch?: () => Promise<void>;
  /** Called after each step with the number of steps so far. */
  onStep?: (step: number) => void;
  /**
   * The processes that train together: each calls this function with the same recipe, and has its share of every batch.
   * Rank 0 writes the run folder and says what there is to say; the others read it at most. Whoever joined the group leaves it. Default: this process trains alone.
   */
  group?: Group;
}

export interface TrainResult {
  runFolder: string;
  /** Whether the run went to its end, or was stopped by the user and can be resumed. */
  finished: boolean;
  /** Where schedule.stop ended the run before its last epoch: the reason, in words. */
  stoppedEarly?: string;
  epochs: number;
  steps: number;
  best: RunState['best'];
  /** Before the first step, and the newest. */
  initial: RunState['initial'];
  last: RunState['last'];
  /** Files that could not be read. */
  skipped: RunState['skipped'];
  /** With dryRun: what would happen. */
  description?: Description;
}

/**
 * Fine-tunes a network as a recipe says and writes the run folder: recipe, metrics, TensorBoard events, saliency
 * snapshots, checkpoints, report.html (anew after each epoch), the final model.
 *
 * The same recipe gives the same run on the CPU, and a run that was stopped (Ctrl-C, kill, power cut) and resumed gives
 * what an uninterrupted one gives. With a group the recipe's batch is that of all processes together, so that their
 * number changes neither the order of images nor the steps (docs/scaling.md says what is exact).
 *
 * @throws InvalidInput for data, options or a run folder that do not fit, Failure for a loss that is not finite and for
 *   what the system refuses
 */
export async function train(recipe: Recipe, options: TrainOptions): Promise<TrainResult> {
  const { group } = options;
  if (!group || group.size === 1) return trainHere(recipe, options);
  try {
    return await trainHere(recipe, options);
  } catch (error) {
    const cause = await group.cause(error);
    await group.fail((cause as Error).message).catch(() => undefined);
    throw cause;
  }
}

async function trainHere(recipe: Recipe, options: TrainOptions): Promise<TrainResult> {
  const { runFolder, resume = false, dryRun = false, baseFolder = process.cwd(), group } = options;
  if (group && group.rank > 0) {
    const data = await listData(recipe, baseFolder);
    return prepareAndTrain(recipe, data, { ...options, log: () => undefined, progress: silent });
  }
  if (!resume && !dryRun) refuseRun(runFolder);
  const kept = resume && existsSync(splitFile(runFolder)) ? splitFile(runFolder) : undefined;
  const data = await listData(recipe, baseFolder, kept);
  if (dryRun) return prepareAndTrain(recipe, data, options);
  return inRunFolder(runFolder, () => {
    // Another process may have begun a run since, and have ended.
    if (!resume) refuseRun(runFolder);
    return prepareAndTrain(recipe, data, options);
  });
}

async function prepareAndTrain(recipe: Recipe, data: RunData, options: TrainOptions): Promise<TrainResult> {
  const {
    runFolder,
    resume = false,
    baseFolder = process.cwd(),
    log = () => undefined,
    dryRun = false,
  } = options;
  const group = options.group && options.group.size > 1 ? options.group : undefined;
  const leads = !group || group.rank === 0;
  const joint = group && (await import('./group/index.js'));
  if (group) checkBatch(recipe, group);
  const find = (): Promise<Resumed | undefined> => findResumed(runFolder, recipe, data);
  const resumed = resume ? await (joint ? joint.fromFirst(group, find) : find()) : undefined;
  const classWeights = classWeightsOf(recipe, data.train);
  const runtime = await useRuntime({ required: !dryRun, log });
  // Only rank 0 needs to see the run folder: the others are given its weights.
  const sees = resumed && (leads || existsSync(join(resumed.checkpoint, 'model.json')));
  const checkpoint = sees ? resumed.checkpoint : undefined;
  const network = await makeNetwork(recipe, data.train.classNames, baseFolder, checkpoint);
  try {
    const parameters = parametersOf(network.model, {
      ...recipe.model,
      decayNormAndBias: recipe.optimizer.decayNormAndBias,
      headFactor: recipe.optimizer.headFactor,
      layerFactors: recipe.optimizer.layerFactors,
      layerDecay: recipe.optimizer.layerDecay,
    });
    await joint?.refuseDifferences(group!, { recipe, data, parameters });
    const precision = precisionOn(runtime, recipe);
    const prepared = { recipe, data, network, parameters, classWeights, precision, resumed, group };
    const withLog = { ...options, log };
    if (!leads) return await trainNetwork({ ...prepared, options: withLog });
    const description = describe(recipe, {
      data,
      network,
      parameters,
      classWeights,
      runtime,
      estimateTime: dryRun,
    });
    if (!resumed) description.lines.forEach((line) => log(line));
    const warnings = [...(await dataNotes(data.train, data.val)), ...description.warnings];
    warnings.forEach((line) => log(`warning: ${line}`));
    if (dryRun) return { ...resultOf(runFolder, freshState(data.train), false), description };
    if (!resumed) {
      const about = `${JSON.stringify(description.about, null, 2)}\n`;
      await writeFileAtomic(join(runFolder, 'about.json'), about);
    }
    if (!resumed && typeof recipe.data.val === 'number')
      await writeFileAtomic(splitFile(runFolder), labelTable(data.val, runFolder));
    await writeFileAtomic(recipeFile(runFolder), recipeToYaml(recipe));
    if (group) log(processesLine(recipe, group));
    return await trainNetwork({ ...prepared, options: withLog });
  } finally {
    network.model.dispose();
  }
}

interface Prepared {
  recipe: Recipe;
  data: RunData;
  network: RunNetwork;
  parameters: Parameters;
  classWeights: number[] | null;
  precision: Precision;
  resumed: Resumed | undefined;
  /** Undefined where this process trains alone. */
  group: Group | undefined;
  options: TrainOptions & { log: (line: string) => void };
}

async function trainNetwork(prepared: Prepared): Promise<TrainResult> {
  const { recipe, data, network, parameters, classWeights, precision, resumed, group, options } = prepared;
  const { preprocessing, classifier, layout } = network;
  const { runFolder, log } = options;
  const joint = group && (await import('./group/index.js'));
  const leads = !group || group.rank === 0;
  const onEpoch = async (): Promise<void> => {
    if (!leads) return;
    // A report that cannot be drawn is no reason to stop training.
    await report(runFolder).catch((error: Error) => log(`report.html: ${error.message}`));
    await options.onEpoch?.();
  };
  const stage = stageOf(recipe);
  const state = resumed?.state ?? freshState(data.train);
  const share = group && { rank: group.rank, size: group.size };
  const reader = trainingReader(recipe, data.train, network, share);
  const view = validationCrop(recipe, network);
  const probe = recipe.log.saliency && leads ? await readProbe(data.val, view, recipe.log.probe) : undefined;
  const step = training(classifier, {
    preprocessing,
    parameters,
    optimizer: recipe.optimizer,
    labelSmoothing: recipe.optimizer.labelSmoothing,
    classWeights,
    distortions: recipe.data.augment,
    mixing: recipe.data.augment,
    stage: recipe.stage.enabled ? stage : null,
    consistency: recipe.stage.consistency,
    dropPath: recipe.model.dropPath,
    boxes: data.boxes,
    precision,
    accumulates: recipe.optimizer.accumulate > 1,
    ranks: group,
    wire: recipe.optimizer.wire,
    syncNorm: recipe.model.syncNorm,
  });
  const { ema } = recipe.model;
  const average = ema === null ? undefined : weightAverage(parameters.changing, ema);
  const slots = [...step.slots, ...(average?.slots ?? [])];
  const snapshots =
    probe && snapshotter(classifier, probe, { preprocessing, options: probeStageOptions(stage), precision });
  const measure = validator(classifier, preprocessing, precision);
  const interrupt = watchInterrupt(log);
  const information = { preprocessing, classNames: data.train.classNames, ...(layout && { layout }) };
  const together: Together = joint
    ? joint.joined(group, {
        same: [...network.model.weights.map(variableOf), ...slots],
        statistics: recipe.model.syncNorm ? [] : statisticsOf(parameters, average),
        onStep: options.onStep,
      })
    : { ...alone, reached: (step) => options.onStep?.(step) };
  try {
    if (resumed) {
      if (leads) await restoreSlots(resumed.checkpoint, slots);
      if (state.lossScale) step.lossScale?.restore(state.lossScale);
      log(`resumed at epoch ${state.epoch + 1}, step ${state.step}`);
    }
    group?.broadcast([...network.model.weights.map(variableOf), ...slots]);
    const runLog = leads
      ? await startLog(runFolder, { recipe, state, resumed: resumed !== undefined, log })
      : joint!.quietLog;
    try {
      const finished = await runEpochs({
        recipe,
        folder: runFolder,
        state,
        data: { training: reader, trainingImages: data.train.files.length, validation: data.val, view },
        network: {
          step,
          measure,
          snapshots,
          average,
          content: { model: network.model, information, slots },
        },
        out: { runLog, log, warn: once(log), progress: options.progress ?? silent, onEpoch },
        interrupt,
        together,
      });
      const stoppedEarly = finished ? earlyEnd(recipe, state) : undefined;
      if (finished && leads) {
        await saveModel(network.model, join(runFolder, 'model'), information);
        const { best, last, skipped } = state;
        const files = skipped.map((file) => ({ ...file }));
        await runLog.finish({
          ...last,
          bestEpoch: best?.epoch,
          bestTop1: best?.top1,
          stoppedEarly,
          skipped: files,
        });
        await onEpoch();
      }
      return { ...resultOf(runFolder, state, finished), ...(stoppedEarly && { stoppedEarly }) };
    } finally {
      runLog.close();
    }
  } finally {
    interrupt.end();
    together.dispose();
    step.dispose();
    measure.dispose();
    snapshots?.dispose();
    average?.dispose();
  }
}

/** The running statistics of batch norms, and their averages. */
function statisticsOf({ trained, changing }: Parameters, average: WeightAverage | undefined): Variable[] {
  const weights = new Set(trained.map(({ variable }) => variable));
  const places = [...changing.keys()].filter((place) => !weights.has(changing[place]!));
  return [changing, ...(average ? [average.slots] : [])].flatMap((all) => places.map((place) => all[place]!));
}

/** @throws InvalidInput where a batch has fewer images than there are processes */
function checkBatch({ data: { batchSize } }: Recipe, { size }: Group): void {
  if (batchSize >= size) return;
  throw invalid('data.batchSize', `at least ${size}, an image for each process`, batchSize);
}

function processesLine({ data, model }: Recipe, { size }: Group): string {
  const [least, most] = [Math.floor(data.batchSize / size), Math.ceil(data.batchSize / size)];
  const each = least === most ? least : `${least} or ${most}`;
  const norms = model.syncNorm ? ', batch norms synchronized' : '';
  return `processes: ${size}, each with ${each} of the ${data.batchSize} images of a batch${norms}`;
}

/** A warning is said at its first time. */
function once(log: (line: string) => void): (line: string) => void {
  const said = new Set<string>();
  return (line) => {
    if (!said.has(line)) log(`warning: ${line}`);
    said.add(line);
  };
}

function resultOf(runFolder: string, state: RunState, finished: boolean): TrainResult {
  const { epoch, step, best, initial, last, skipped } = state;
  return { runFolder, finished, epochs: epoch, steps: step, best, initial, last, skipped };
}

const silent = (): Progress => ({ update: () => undefined, log: () => undefined, finish: () => undefined });
