import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { probeStageOptions } from '../augment/index.js';
import { dataNotes, labelTable } from '../data/index.js';
import { writeFileAtomic } from '../files.js';
import { saveModel } from '../models/index.js';
import { report } from '../monitor/index.js';
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
import { earlyEnd, runEpochs, type Progress } from './loop/index.js';
import { parametersOf, training, validator, weightAverage, type Parameters } from './step/index.js';
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
 * what an uninterrupted one gives.
 *
 * @throws InvalidInput for data, options or a run folder that do not fit, Failure for a loss that is not finite and for
 *   what the system refuses
 */
export async function train(recipe: Recipe, options: TrainOptions): Promise<TrainResult> {
  const { runFolder, resume = false, dryRun = false, baseFolder = process.cwd() } = options;
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
  const resumed = resume ? await findResumed(runFolder, recipe, data) : undefined;
  const classWeights = classWeightsOf(recipe, data.train);
  const runtime = await useRuntime({ required: !dryRun, log });
  const network = await makeNetwork(recipe, data.train.classNames, baseFolder, resumed?.checkpoint);
  try {
    const parameters = parametersOf(network.model, {
      ...recipe.model,
      decayNormAndBias: recipe.optimizer.decayNormAndBias,
      headFactor: recipe.optimizer.headFactor,
      layerFactors: recipe.optimizer.layerFactors,
      layerDecay: recipe.optimizer.layerDecay,
    });
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
    const precision = precisionOn(runtime, recipe);
    const prepared = {
      recipe,
      data,
      network,
      parameters,
      classWeights,
      precision,
      resumed,
      options: { ...options, log },
    };
    return await trainNetwork(prepared);
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
  options: TrainOptions & { log: (line: string) => void };
}

async function trainNetwork(prepared: Prepared): Promise<TrainResult> {
  const { recipe, data, network, parameters, classWeights, precision, resumed, options } = prepared;
  const { preprocessing, classifier, layout } = network;
  const { runFolder, log } = options;
  const onEpoch = async (): Promise<void> => {
    // A report that cannot be drawn is no reason to stop training.
    await report(runFolder).catch((error: Error) => log(`report.html: ${error.message}`));
    await options.onEpoch?.();
  };
  const stage = stageOf(recipe);
  const state = resumed?.state ?? freshState(data.train);
  const reader = trainingReader(recipe, data.train, network);
  const view = validationCrop(recipe, network);
  const probe = recipe.log.saliency ? await readProbe(data.val, view, recipe.log.probe) : undefined;
  const step = training(classifier, {
    preprocessing,
    parameters,
    optimizer: recipe.optimizer,
    labelSmoothing: recipe.optimizer.labelSmoothing,
    classWeights,
    distortions: recipe.data.augment,
    stage: recipe.stage.enabled ? stage : null,
    consistency: recipe.stage.consistency,
    dropPath: recipe.model.dropPath,
    boxes: data.boxes,
    precision,
    accumulates: recipe.optimizer.accumulate > 1,
  });
  const { ema } = recipe.model;
  const average = ema === null ? undefined : weightAverage(parameters.changing, ema);
  const slots = [...step.slots, ...(average?.slots ?? [])];
  const snapshots =
    probe && snapshotter(classifier, probe, { preprocessing, options: probeStageOptions(stage), precision });
  const measure = validator(classifier, preprocessing, precision);
  const interrupt = watchInterrupt(log);
  const information = { preprocessing, classNames: data.train.classNames, ...(layout && { layout }) };
  try {
    if (resumed) {
      await restoreSlots(resumed.checkpoint, slots);
      if (state.lossScale) step.lossScale?.restore(state.lossScale);
      log(`resumed at epoch ${state.epoch + 1}, step ${state.step}`);
    }
    const runLog = await startLog(runFolder, { recipe, state, resumed: resumed !== undefined, log });
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
      });
      const stoppedEarly = finished ? earlyEnd(recipe, state) : undefined;
      if (finished) {
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
    step.dispose();
    measure.dispose();
    snapshots?.dispose();
    average?.dispose();
  }
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
