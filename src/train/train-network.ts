import { join } from 'node:path';
import type { Variable } from '@tensorflow/tfjs-core';
import { probeStageOptions, type StageOptions } from '../augment/index.js';
import { saveModel } from '../models/index.js';
import { report, reportCache } from '../monitor/index.js';
import type { Batch, CropSpec } from '../data/index.js';
import type { Group } from '../distributed/index.js';
import type { Precision } from '../tensorflow/index.js';
import {
  freshState,
  mapImages,
  mapWatch,
  mapWatchFolder,
  readProbe,
  restoreSlots,
  snapshotter,
  startLog,
  trainingReader,
  validationCrop,
  watchInterrupt,
  type Resumed,
  type RunData,
  type RunNetwork,
  type RunState,
} from './run/index.js';
import { alone, earlyEnd, runEpochs, type Progress, type Together } from './loop/index.js';
import {
  training,
  validator,
  variableOf,
  weightAverage,
  type Parameters,
  type WeightAverage,
} from './step/index.js';
import type { Recipe } from './recipe/index.js';
import type { TrainOptions, TrainResult } from './train-options.js';

/** A run that is ready to begin, or to go on. */
export interface Prepared {
  recipe: Recipe;
  data: RunData;
  network: RunNetwork;
  parameters: Parameters;
  classWeights: number[] | null;
  precision: Precision;
  stage: StageOptions;
  resumed: Resumed | undefined;
  /** Undefined where this process trains alone. */
  group: Group | undefined;
  options: TrainOptions & { log: (line: string) => void };
}

/** Trains from where the run stands to its end, or to where the user stops it. */
export async function trainNetwork(prepared: Prepared): Promise<TrainResult> {
  const { recipe, data, network, parameters, classWeights, precision, stage, resumed, group, options } =
    prepared;
  const { preprocessing, classifier, layout } = network;
  const { runFolder, log } = options;
  const joint = group && (await import('./group/index.js'));
  const leads = !group || group.rank === 0;
  const reports = reportCache();
  const onEpoch = async (): Promise<void> => {
    if (!leads) return;
    // A report that cannot be drawn is no reason to stop training.
    await report(runFolder, reports).catch((error: Error) => log(`report.html: ${error.message}`));
    await options.onEpoch?.();
  };
  const state = resumed?.state ?? freshState(data.train);
  const share = group && { rank: group.rank, size: group.size };
  const reader = trainingReader(recipe, data.train, network, share);
  const view = validationCrop(recipe, network);
  const probe = recipe.log.saliency && leads ? await readProbe(data.val, view, recipe.log.probe) : undefined;
  const watched = recipe.schedule.stop.saliency.within !== null && leads ? await readWatched(prepared, view) : undefined; // prettier-ignore
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
  const watch =
    watched &&
    mapWatch(classifier, watched, {
      preprocessing,
      precision,
      folder: mapWatchFolder(runFolder),
      batchSize: recipe.data.batchSize,
    });
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
      log(resumedAt(recipe, state));
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
          mapWatch: watch,
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
    watch?.dispose();
    average?.dispose();
  }
}

/** The images of `schedule.stop.saliency`. */
function readWatched({ recipe, data }: Prepared, view: CropSpec): Promise<Batch | undefined> {
  const images = mapImages(recipe, { train: data.train.files.length, val: data.val.files.length });
  return readProbe(data.val, view, { images, seed: recipe.log.probe.seed });
}

/** The running statistics of batch norms, and their averages. */
function statisticsOf({ trained, changing }: Parameters, average: WeightAverage | undefined): Variable[] {
  const weights = new Set(trained.map(({ variable }) => variable));
  const places = [...changing.keys()].filter((place) => !weights.has(changing[place]!));
  return [changing, ...(average ? [average.slots] : [])].flatMap((all) => places.map((place) => all[place]!));
}

function resumedAt({ schedule }: Recipe, { epoch, step }: RunState): string {
  if (epoch < schedule.epochs) return `resumed at epoch ${epoch + 1}, step ${step}`;
  return `all ${schedule.epochs} epochs are trained already; --set schedule.epochs=N goes on to the Nth`;
}

/** A warning is said at its first time. */
function once(log: (line: string) => void): (line: string) => void {
  const said = new Set<string>();
  return (line) => {
    if (!said.has(line)) log(`warning: ${line}`);
    said.add(line);
  };
}

/** What a run has come to. */
export function resultOf(runFolder: string, state: RunState, finished: boolean): TrainResult {
  const { epoch, step, best, initial, last, skipped } = state;
  return { runFolder, finished, epochs: epoch, steps: step, best, initial, last, skipped };
}

/** Shows no progress. */
export const silent = (): Progress => ({
  update: () => undefined,
  log: () => undefined,
  finish: () => undefined,
});
