import { join } from 'node:path';
import type { Variable } from '@tensorflow/tfjs-core';
import { saveModel } from '../models/index.js';
import { report, reportCache } from '../monitor/index.js';
import { alone, earlyEnd, runEpochs, type Progress, type Run, type Together } from './loop/index.js';
import { networkFunctions } from './network-functions.js';
import type { Prepared } from './prepared.js';
import type { Recipe } from './recipe/index.js';
import {
  freshState,
  restoreSlots,
  startLog,
  trainingReader,
  validationCrop,
  watchInterrupt,
  type RunState,
} from './run/index.js';
import { variableOf, type Parameters, type WeightAverage } from './step/index.js';
import type { TrainResult } from './train-options.js';

/** Trains from where the run stands to its end, or to where the user stops it. */
export async function trainNetwork(prepared: Prepared): Promise<TrainResult> {
  const { recipe, data, network, parameters, resumed, group, options } = prepared;
  const { runFolder: folder, log, onStep } = options;
  const joint = group && (await import('./group/index.js'));
  const state = resumed?.state ?? freshState(data.train);
  const view = validationCrop(recipe, network);
  const { functions, dispose } = await networkFunctions(prepared, view);
  const { slots } = functions.content;
  const same = [...network.model.weights.map(variableOf), ...slots];
  const statistics = recipe.model.syncNorm ? [] : statisticsOf(parameters, functions.average);
  const interrupt = watchInterrupt(log);
  const together: Together = joint
    ? joint.joined(group, { same, statistics, onStep })
    : { ...alone, reached: (step) => onStep?.(step) };
  const { leads } = together;
  try {
    if (resumed) {
      if (leads) await restoreSlots(resumed.checkpoint, slots);
      if (state.lossScale) functions.step.lossScale?.restore(state.lossScale);
      log(resumedAt(recipe, state));
    }
    group?.broadcast(same);
    const runLog = leads
      ? await startLog(folder, { recipe, state, resumed: resumed !== undefined, log })
      : joint!.quietLog;
    try {
      return await toTheEnd({
        recipe,
        folder,
        state,
        data: {
          training: trainingReader(
            recipe,
            data.train,
            network,
            group && { rank: group.rank, size: group.size },
          ),
          trainingImages: data.train.files.length,
          validation: data.val,
          view,
        },
        network: functions,
        out: {
          runLog,
          log,
          warn: once(log),
          progress: options.progress ?? silent,
          onEpoch: leads ? reporter(prepared) : () => Promise.resolve(),
        },
        interrupt,
        together,
      });
    } finally {
      runLog.close();
    }
  } finally {
    interrupt.end();
    together.dispose();
    dispose();
  }
}

/** Runs what is left of the epochs; at the end the process that leads keeps the network and says how it went. */
async function toTheEnd(run: Run): Promise<TrainResult> {
  const { recipe, folder, state, out, together } = run;
  const { model, information } = run.network.content;
  const finished = await runEpochs(run);
  const stoppedEarly = finished ? earlyEnd(recipe, state) : undefined;
  if (finished && together.leads) {
    await saveModel(model, join(folder, 'model'), information);
    const { best, last, skipped } = state;
    const files = skipped.map((file) => ({ ...file }));
    await out.runLog.finish({
      ...last,
      bestEpoch: best?.epoch,
      bestTop1: best?.top1,
      stoppedEarly,
      skipped: files,
    });
    await out.onEpoch();
  }
  return { ...resultOf(folder, state, finished), ...(stoppedEarly && { stoppedEarly }) };
}

/** Draws the report anew after every epoch. One that cannot be drawn is no reason to stop training. */
function reporter({ options: { runFolder, log, onEpoch } }: Prepared): () => Promise<void> {
  const reports = reportCache();
  return async () => {
    await report(runFolder, reports).catch((error: Error) => log(`report.html: ${error.message}`));
    await onEpoch?.();
  };
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
