import { queriesOf } from '../../augment/index.js';
import { noSums, stageOf, type MapStep } from '../run/index.js';
import type { Validation } from '../step/index.js';
import { mapFigures, mapWords, logSettlement } from './watch-maps.js';
import { lossScaleFigures } from './overflow.js';
import { rateAt } from './rate.js';
import type { Run } from './run.js';

/** Logs the network before its first step. */
export async function logStart({ recipe, state, network, out }: Run, validation: Validation): Promise<void> {
  const { loss, top1, top5, images } = validation;
  state.initial = state.last;
  out.log(`before training: validation loss ${loss.toFixed(3)}, top-1 ${percent(top1)} of ${images} images`);
  out.runLog.start({ kind: 'start', epoch: 0, step: 0, valLoss: loss, valTop1: top1, valTop5: top5 });
  if (network.snapshots) await out.runLog.snapshot(network.snapshots.take(0, 0));
  if (network.mapLooks && network.mapLooks.every <= recipe.schedule.epochs) await network.mapWatch?.begin(0);
}

/**
 * Logs an epoch that has been trained. Where it was not validated, the line says null of that.
 *
 * @param maps how they have changed; undefined where nobody wants to know
 */
export async function logEpoch(
  run: Run,
  { validation, maps }: { validation: Validation | undefined; maps: MapStep | undefined },
): Promise<void> {
  const { recipe, state, data, network, out } = run;
  const { images, weight, loss, correct, augmented, zeroMaps, maskArea, skippedSteps, seconds } = state.sums;
  const epoch = state.epoch + 1;
  out.runLog.epoch({
    kind: 'epoch',
    epoch,
    step: state.step,
    trainLoss: loss / weight,
    trainTop1: correct / images,
    valLoss: validation?.loss ?? null,
    valTop1: validation?.top1 ?? null,
    valTop5: validation?.top5 ?? null,
    learningRate: rateAt(recipe, state.epoch, data.training.length - 1, data.training.length),
    imagesPerSecond: images / seconds,
    images,
    shareAugmented: augmented / images,
    zeroMaps,
    queriesPerImage: augmented + zeroMaps > 0 ? queriesOf(stageOf(recipe)) : 0,
    ...(augmented > 0 && { maskArea: maskArea / augmented }),
    ...lossScaleFigures(run, state.sums),
    ...mapFigures(run, maps),
  });
  if (network.snapshots) await out.runLog.snapshot(network.snapshots.take(epoch, state.step));
  out.log(
    `epoch ${epoch}/${recipe.schedule.epochs}: train loss ${(loss / weight).toFixed(3)}, ` +
      (validation ? `${validationWords(validation)}, ` : '') +
      `${(images / seconds).toFixed(1)} images/s` +
      (augmented + zeroMaps > 0 ? `, ${augmented} images through the stage, ${zeroMaps} zero maps` : '') +
      (skippedSteps > 0 ? `, ${skippedSteps} steps skipped (float16 overflowed)` : '') +
      mapWords(run, maps),
  );
  logSettlement(run);
  if (zeroMaps > 0 && augmented === 0) out.warn(allZero);
}

/** Logs a validation that stands in no epoch's line: the summary has it. */
export function logLate({ state, out }: Run, validation: Validation): void {
  out.log(`after epoch ${state.epoch}: ${validationWords(validation)}`);
}

const allZero =
  'the stage has changed no image of this epoch: every map was zero or constant; try a later stage.start, or another stage.layer or stage.method';

/** Logs a step, where the recipe wants a line for it; the figures are of all steps since the last line. */
export function logStep(run: Run, learningRate: number): void {
  const { recipe, state, out } = run;
  if (state.step % recipe.log.every !== 0) return;
  const { images, weight, loss, seconds } = state.sinceLine;
  out.runLog.step({
    kind: 'step',
    step: state.step,
    epoch: state.epoch + 1,
    loss: loss / weight,
    learningRate,
    imagesPerSecond: images / seconds,
    ...lossScaleFigures(run, state.sinceLine),
  });
  state.sinceLine = noSums();
}

function validationWords({ loss, top1, top5 }: Validation): string {
  return `validation loss ${loss.toFixed(3)}, top-1 ${percent(top1)}, top-5 ${percent(top5)}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
