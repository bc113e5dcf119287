import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../files.js';
import { saveModel } from '../models/index.js';
import { lastCheckpoint, readState, restoreSlots, type RunState } from './checkpoint.js';
import { describe, type Description } from './describe.js';
import { startLog, type RunLog } from './run-log.js';
import { type Progress, runEpochs } from './epochs.js';
import { watchInterrupt } from './interrupt.js';
import { parametersOf } from './parameters.js';
import { listData, makeNetwork, stageOf, trainingReader, validationView } from './prepare.js';
import { probeCamera, readProbe } from './probe.js';
import { type Recipe, recipeToYaml } from './recipe/index.js';
import { useRuntime } from './runtime.js';
import { training } from './step.js';
import { validator } from './validate.js';

export interface TrainOptions {
  /** Where everything is written. */
  runFolder: string;
  /** Go on from the run's last checkpoint. */
  resume?: boolean;
  /** What relative paths of the recipe start from; default: the working folder. */
  baseFolder?: string;
  /** Receives lines for people. */
  log?: (line: string) => void;
  /** Makes a progress display. */
  progress?: (task: { label: string; total: number; unit: string }) => Progress;
  /** Only describe what would happen. */
  dryRun?: boolean;
  /** Called when an epoch has been logged. */
  onEpoch?: () => Promise<void>;
}

export interface TrainResult {
  runFolder: string;
  /** Whether the run went to its end, or was stopped by the user and can be resumed. */
  finished: boolean;
  epochs: number;
  steps: number;
  best: { epoch: number; top1: number } | null;
  last: { valLoss: number; valTop1: number; valTop5: number } | null;
  /** Files that could not be read. */
  skipped: { file: string; reason: string }[];
  /** With dryRun: what would happen. */
  description?: Description;
}

const FRESH_SUMS = { images: 0, loss: 0, correct: 0, augmented: 0, zeroMaps: 0, maskArea: 0, seconds: 0 };

/**
 * Fine-tunes a network as a recipe says and writes the run folder: recipe, metrics, TensorBoard events, saliency
 * snapshots, checkpoints, the final model.
 *
 * The same recipe gives the same run on the CPU, and a run that was stopped (Ctrl-C, kill, power cut) and resumed gives
 * what an uninterrupted one gives.
 *
 * @throws InvalidInput for data or options that do not fit, Failure for a loss that is not finite and for what the
 *   system refuses
 */
export async function train(recipe: Recipe, options: TrainOptions): Promise<TrainResult> {
  const { runFolder, resume = false, baseFolder = process.cwd(), log = () => undefined, dryRun = false } = options;
  const data = await listData(recipe, baseFolder);
  const runtime = await useRuntime({ required: !dryRun, log });
  const checkpoint = resume ? lastCheckpoint(join(runFolder, 'checkpoints')) : undefined;
  const network = await makeNetwork(recipe, data.train.classNames, baseFolder, checkpoint);
  const parameters = parametersOf(network.model, {
    ...recipe.model,
    decayNormAndBias: recipe.optimizer.decayNormAndBias,
    headFactor: recipe.optimizer.headFactor,
  });
  const description = describe(recipe, { data, network, parameters, runtime, estimateTime: dryRun });
  if (!checkpoint) description.lines.forEach(log);
  if (dryRun) {
    return { runFolder, finished: false, epochs: 0, steps: 0, best: null, last: null, skipped: [], description };
  }

  const { preprocessing, classifier } = network;
  const { precision } = recipe;
  const stage = stageOf(recipe);
  const state: RunState = checkpoint
    ? await readState(checkpoint)
    : { version: 1, epoch: 0, batch: 0, step: 0, sums: { ...FRESH_SUMS }, sinceLine: { ...FRESH_SUMS }, best: null };
  const step = training(classifier, {
    preprocessing,
    parameters,
    sgd: recipe.optimizer,
    labelSmoothing: recipe.optimizer.labelSmoothing,
    stage: recipe.stage.enabled ? stage : null,
    precision,
    accumulates: recipe.optimizer.accumulate > 1,
  });
  if (checkpoint) {
    await restoreSlots(checkpoint, step.slots);
    log(`resumed at epoch ${state.epoch + 1}, step ${state.step}`);
  } else {
    await writeFileAtomic(join(runFolder, 'recipe.yaml'), recipeToYaml(recipe));
    await writeFileAtomic(join(runFolder, 'about.json'), `${JSON.stringify(description.about, null, 2)}\n`);
  }
  const view = validationView(recipe, network);
  const probe = recipe.log.saliency ? await readProbe(data.val, view, recipe.log.probe) : undefined;
  const camera = probe && probeCamera(classifier, probe, { preprocessing, options: stage, precision });
  const measure = validator(classifier, preprocessing, precision);
  const runLog: RunLog = await startLog(runFolder, { recipe, state, resumed: checkpoint !== undefined });
  const interrupt = watchInterrupt(log);
  const { layout } = network;
  const information = { preprocessing, classNames: data.train.classNames, ...(layout && { layout }) };
  const reader = trainingReader(recipe, data.train, network);
  try {
    const { finished, last, skipped } = await runEpochs({
      recipe,
      runFolder,
      state,
      reader,
      trainingImages: data.train.files.length,
      validation: { listing: data.val, view },
      step,
      measure,
      camera,
      runLog,
      interrupt,
      log,
      progress: options.progress ?? silent,
      onEpoch: options.onEpoch ?? (() => Promise.resolve()),
      content: {
        model: network.model,
        information,
        parameters: parameters.trained,
        slots: step.slots,
      },
    });
    const result = { runFolder, finished, epochs: state.epoch, steps: state.step, best: state.best, last, skipped };
    if (finished) {
      await saveModel(network.model, join(runFolder, 'model'), information);
      await runLog.finish({ ...result.last, bestEpoch: state.best?.epoch, bestTop1: state.best?.top1, skipped: skipped.map((file) => ({ ...file })) });
      await options.onEpoch?.();
    }
    return result;
  } finally {
    interrupt.end();
    runLog.close();
    step.dispose();
    measure.dispose();
    camera?.dispose();
  }
}

const silent = (): Progress => ({ update: () => undefined, log: () => undefined, finish: () => undefined });

/** Whether a folder holds a run that `resume` can go on with. */
export function canResume(runFolder: string): boolean {
  return existsSync(join(runFolder, 'recipe.yaml'));
}
