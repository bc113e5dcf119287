import { queriesOf } from '../../augment/index.js';
import { imageReader } from '../../data/index.js';
import { Failure } from '../../errors.js';
import { divergenceAdvice, type Validation } from '../step/index.js';
import { lossScaleFigures } from './overflow.js';
import { errorPolicy, stageOf } from '../run/index.js';
import type { Run } from './run.js';
import { checkWeights, save } from './save.js';
import { noteSkipped } from './skipped.js';
import { rateAt, reset, trainEpoch } from './train-epoch.js';

/**
 * Runs what is left of the epochs, from where the state stands.
 *
 * @returns whether the end was reached; otherwise the user stopped the run, and a checkpoint has been written
 * @throws Failure for a loss that is not finite, for too many unreadable files, for what the system refuses
 */
export async function runEpochs(run: Run): Promise<boolean> {
  const { recipe, state, log } = run;
  const { epochs } = recipe.schedule;
  if (state.step === 0) await lookBeforeTraining(run);
  while (state.epoch < epochs) {
    const stopped = (await trainEpoch(run))
      ? await finishEpoch(run)
      : await save(run, false).then(() => true);
    if (stopped && state.epoch < epochs) {
      log(`stopped at step ${state.step}`);
      return false;
    }
  }
  return true;
}

async function lookBeforeTraining(run: Run): Promise<void> {
  const { loss, top1, top5, images } = await validate(run);
  run.state.initial = run.state.last;
  run.log(`before training: validation loss ${loss.toFixed(3)}, top-1 ${percent(top1)} of ${images} images`);
  run.runLog.start({ kind: 'start', epoch: 0, step: 0, valLoss: loss, valTop1: top1, valTop5: top5 });
  if (run.camera) await run.runLog.snapshot(run.camera.take(0, 0));
}

/** Validates, logs and saves; true when the user has asked to stop. */
async function finishEpoch(run: Run): Promise<boolean> {
  const { recipe, state, runLog, camera, reader, interrupt } = run;
  noteSkipped(run, recipe.data.train, reader.summary().skipped);
  const validation = await validate(run);
  const { images, loss, correct, augmented, zeroMaps, maskArea, skippedSteps, seconds } = state.sums;
  const { schedule, checkpoint } = recipe;
  const epoch = state.epoch + 1;
  const better = validation.top1 > (state.best?.top1 ?? -1);
  if (better) state.best = { epoch, top1: validation.top1 };
  runLog.epoch({
    kind: 'epoch',
    epoch,
    step: state.step,
    trainLoss: loss / images,
    trainTop1: correct / images,
    valLoss: validation.loss,
    valTop1: validation.top1,
    valTop5: validation.top5,
    learningRate: rateAt(recipe, state.epoch, reader.length - 1, reader.length),
    imagesPerSecond: images / seconds,
    images,
    shareAugmented: augmented / images,
    zeroMaps,
    queriesPerImage: augmented + zeroMaps > 0 ? queriesOf(stageOf(recipe)) : 0,
    ...(augmented > 0 && { maskArea: maskArea / augmented }),
    ...lossScaleFigures(run, state.sums),
  });
  if (camera) await runLog.snapshot(camera.take(epoch, state.step));
  run.log(
    `epoch ${epoch}/${schedule.epochs}: train loss ${(loss / images).toFixed(3)}, ` +
      `validation loss ${validation.loss.toFixed(3)}, top-1 ${percent(validation.top1)}, ` +
      `top-5 ${percent(validation.top5)}, ${(images / seconds).toFixed(1)} images/s` +
      (augmented + zeroMaps > 0 ? `, ${augmented} images through the stage, ${zeroMaps} zero maps` : '') +
      (skippedSteps > 0 ? `, ${skippedSteps} steps skipped (float16 overflowed)` : ''),
  );
  state.epoch++;
  state.batch = 0;
  reset(state.sums);
  const stop = interrupt.requested();
  const due = epoch % checkpoint.everyEpochs === 0 || epoch === schedule.epochs;
  if (due || better || stop) await save(run, better);
  await run.onEpoch();
  return stop;
}

async function validate(run: Run): Promise<Validation> {
  const { recipe, state, validation, measure, progress } = run;
  const { listing, view } = validation;
  const reader = imageReader(listing, {
    batchSize: recipe.data.batchSize,
    view,
    ...errorPolicy(recipe.data),
  });
  const bar = progress({ label: 'validation', total: listing.files.length, unit: 'images' });
  try {
    const result = await measure.run(reader.batches(), (images) => bar.update(images));
    noteSkipped(run, recipe.data.val, reader.summary().skipped);
    checkWeights(run);
    if (!Number.isFinite(result.loss)) {
      throw new Failure(
        `step ${state.step}: expected a finite validation loss, found ${result.loss}; ${divergenceAdvice}`,
      );
    }
    state.last = { valLoss: result.loss, valTop1: result.top1, valTop5: result.top5 };
    return result;
  } finally {
    bar.finish();
  }
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
