import { setImmediate } from 'node:timers/promises';
import { chooseImages } from '../../augment/index.js';
import type { Batch } from '../../data/index.js';
import { Failure } from '../../errors.js';
import { mixSeeds, random } from '../../random.js';
import type { Recipe } from '../recipe/index.js';
import { count } from '../run/index.js';
import { divergenceAdvice, type BatchResult } from '../step/index.js';
import { checkLossScale } from './overflow.js';
import { rateAt } from './rate.js';
import type { Run } from './run.js';
import { saveWithinEpoch } from './save.js';
import { logStep } from './log-epochs.js';

/** How an epoch was left. */
export interface TrainedEpoch {
  /** Whether the user asked to stop before its end; then a checkpoint has been written. */
  isStopped: boolean;
  /** The images of its last step; undefined where nothing was left of it to train on. */
  last: Batch | undefined;
}

/**
 * Trains from where the state stands to the end of the epoch.
 *
 * @throws Failure for a loss that is not finite, with the step and the batch's files, and for gradients that are not,
 *   however little the loss is scaled
 */
export async function trainEpoch(run: Run): Promise<TrainedEpoch> {
  const { recipe, state, data, network, out, interrupt, together } = run;
  const { accumulate } = recipe.optimizer;
  const { everySteps } = recipe.checkpoint;
  const { length } = data.training;
  const label = `epoch ${state.epoch + 1}/${recipe.schedule.epochs}`;
  const bar = out.progress({ label, total: data.trainingImages, unit: 'images' });
  bar.update(state.sums.images);
  let rate = 0;
  let asked = false;
  let waiting = 0;
  let last: Batch | undefined;
  const makeStep = ({ skippedSteps }: Pick<BatchResult, 'skippedSteps'>): void => {
    if (accumulate > 1) {
      skippedSteps = network.step.update(rate);
      count(state, { skippedSteps });
    }
    waiting = 0;
    state.step++;
    together.reached(state.step);
    if (skippedSteps === 0) network.average?.update();
    if (skippedSteps > 0) checkLossScale(run);
    logStep(run, rate);
  };
  try {
    let started = performance.now();
    for await (const batch of data.training.batches(state.epoch, state.batch)) {
      rate = rateAt(recipe, state.epoch, batch.number, length);
      const seed = mixSeeds(recipe.seed, 0xc4a2ce, state.epoch, batch.number);
      const chosen = chosenImages(recipe, state.epoch, batch, length);
      const { stops: areAsked, ...result } = network.step.run(
        batch,
        chosen,
        rate,
        seed,
        interrupt.requested(),
      );
      asked ||= areAsked;
      checkFinite(result, state.step + 1, batch);
      count(state, result, (performance.now() - started) / 1000);
      state.batch = batch.number + 1;
      last = batch;
      bar.update(state.sums.images, { loss: state.sums.loss / state.sums.weight });
      const isLast = state.batch === length;
      if (++waiting === accumulate || isLast) {
        makeStep(result);
        // Signals and timers want a turn of the event loop; native calls leave none by themselves.
        await setImmediate();
        // Several processes stop after the same step: the one in which they have heard of it from each other.
        const stops = (together.share.size > 1 ? asked : interrupt.requested()) && !isLast;
        const isDue = everySteps !== null && state.step % everySteps === 0 && !isLast;
        if (stops || isDue) await saveWithinEpoch(run, batch);
        if (stops) return { isStopped: true, last };
      }
      // Waiting for the next batch counts: the images a second are those that really go through.
      started = performance.now();
    }
    // An unreadable last batch leaves the last group short.
    if (waiting > 0) makeStep({ skippedSteps: 0 });
  } finally {
    bar.finish();
  }
  out.runLog.flush();
  return { isStopped: false, last };
}

/** Which images go through the stage follows from seed, epoch, batch and their places in it alone. */
function chosenImages({ stage, seed }: Recipe, epoch: number, batch: Batch, length: number): Int32Array {
  if (!stage.enabled || epoch + batch.number / length < stage.start) return new Int32Array();
  const { shape, planned = shape[0], places } = batch;
  const next = random(mixSeeds(seed, 0x57a6e, epoch, batch.number));
  const chosen = new Set(chooseImages(planned, stage.probability, next));
  return Int32Array.from({ length: shape[0] }, (_, image) => image).filter((image) =>
    chosen.has(places?.[image] ?? image),
  );
}

function checkFinite({ loss }: BatchResult, step: number, { files }: Batch): void {
  if (Number.isFinite(loss)) return;
  const shown = files.slice(0, 8).join(', ') + (files.length > 8 ? ` and ${files.length - 8} more` : '');
  throw new Failure(
    `step ${step}: expected a finite loss, found ${loss} on the batch ${shown}; ${divergenceAdvice}`,
  );
}
