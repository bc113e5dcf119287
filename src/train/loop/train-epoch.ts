import { setImmediate } from 'node:timers/promises';
import { chooseImages } from '../../augment/index.js';
import type { Batch } from '../../data/index.js';
import { Failure } from '../../errors.js';
import { mixSeeds, random } from '../../random.js';
import { divergenceAdvice, learningRateAt, type BatchResult } from '../step/index.js';
import { checkLossScale, lossScaleFigures } from './overflow.js';
import type { Recipe } from '../recipe/index.js';
import type { EpochSums } from '../run/index.js';
import type { Run } from './run.js';
import { saveWithinEpoch } from './save.js';

/**
 * Trains from where the state stands to the end of the epoch.
 *
 * @returns false when the user asked to stop before; then a checkpoint has been written
 * @throws Failure for a loss that is not finite, with the step and the batch's files, and for gradients that are not,
 *   however little the loss is scaled
 */
export async function trainEpoch(run: Run): Promise<boolean> {
  const { recipe, state, reader, step, runLog, interrupt } = run;
  const { accumulate } = recipe.optimizer;
  const { everySteps } = recipe.checkpoint;
  const total = reader.length;
  const bar = run.progress({
    label: `epoch ${state.epoch + 1}/${recipe.schedule.epochs}`,
    total: run.trainingImages,
    unit: 'images',
  });
  bar.update(state.sums.images);
  let rate = 0;
  let waiting = 0;
  let skipped = 0;
  const count = (result: Partial<BatchResult>, seconds = 0): void => {
    addTo(state.sums, result, seconds);
    addTo(state.sinceLine, result, seconds);
    skipped += result.skippedSteps ?? 0;
  };
  const update = (): void => {
    if (accumulate > 1) count({ skippedSteps: step.update(rate) });
    waiting = 0;
    state.step++;
    if (skipped > 0) checkLossScale(run);
    skipped = 0;
    logStep(run, rate);
  };
  try {
    let started = performance.now();
    for await (const batch of reader.batches(state.epoch, state.batch)) {
      rate = rateAt(recipe, state.epoch, batch.number, total);
      const seed = mixSeeds(recipe.seed, 0xc4a2ce, state.epoch, batch.number);
      const result = step.run(batch, chosenImages(recipe, state.epoch, batch, total), rate, seed);
      checkFinite(result, state.step + 1, batch);
      waiting++;
      count(result, (performance.now() - started) / 1000);
      state.batch = batch.number + 1;
      bar.update(state.sums.images, { loss: state.sums.loss / state.sums.images });
      const isLast = batch.number === total - 1;
      if (waiting === accumulate || isLast) {
        update();
        // Signals and timers want a turn of the event loop; native calls leave none by themselves.
        await setImmediate();
        const stops = interrupt.requested();
        if (!isLast && (stops || (everySteps && state.step % everySteps === 0)))
          await saveWithinEpoch(run, batch);
        if (!isLast && stops) return false;
      }
      // Waiting for the next batch counts: the images a second are those that really go through.
      started = performance.now();
    }
    // An unreadable last batch leaves the last group short.
    if (waiting > 0) update();
  } finally {
    bar.finish();
  }
  runLog.flush();
  return true;
}

/** The learning rate of a batch: all batches of one step have that of the first. */
export function rateAt({ schedule, optimizer }: Recipe, epoch: number, batch: number, total: number): number {
  const { accumulate, learningRate } = optimizer;
  const first = Math.floor(batch / accumulate) * accumulate;
  return learningRateAt(schedule, learningRate, epoch + first / total);
}

/** Sets all sums back to 0. */
export function reset(sums: EpochSums): void {
  for (const key of Object.keys(sums) as (keyof EpochSums)[]) sums[key] = 0;
}

/** Which images go through the stage follows from seed, epoch and batch alone. */
function chosenImages({ stage, seed }: Recipe, epoch: number, batch: Batch, total: number): Int32Array {
  if (!stage.enabled || epoch + batch.number / total < stage.start) return new Int32Array();
  const [images] = batch.shape;
  return chooseImages(images, stage.probability, random(mixSeeds(seed, 0x57a6e, epoch, batch.number)));
}

function checkFinite({ loss }: BatchResult, step: number, { files }: Batch): void {
  if (Number.isFinite(loss)) return;
  const shown = files.slice(0, 8).join(', ') + (files.length > 8 ? ` and ${files.length - 8} more` : '');
  throw new Failure(
    `step ${step}: expected a finite loss, found ${loss} on the batch ${shown}; ${divergenceAdvice}`,
  );
}

function addTo(sums: EpochSums, result: Partial<BatchResult>, seconds: number): void {
  for (const key of Object.keys(result) as (keyof BatchResult)[]) sums[key] += result[key]!;
  sums.seconds += seconds;
}

function logStep(run: Run, learningRate: number): void {
  const { recipe, state, runLog } = run;
  if (state.step % recipe.log.every !== 0) return;
  const { images, loss, seconds } = state.sinceLine;
  runLog.step({
    kind: 'step',
    step: state.step,
    epoch: state.epoch + 1,
    loss: loss / images,
    learningRate,
    imagesPerSecond: images / seconds,
    ...lossScaleFigures(run, state.sinceLine),
  });
  reset(state.sinceLine);
}
