import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { chooseImages } from '../augment/index.js';
import { type Batch, type ImageReader, imageReader, type Listing, type SkippedFile, type View } from '../data/index.js';
import { Failure } from '../errors.js';
import { mixSeeds, random } from '../random.js';
import { type CheckpointContent, type EpochSums, type RunState, writeCheckpoint } from './checkpoint.js';
import type { Interrupt } from './interrupt.js';
import { errorPolicy } from './prepare.js';
import type { ProbeCamera } from './probe.js';
import type { Recipe } from './recipe/index.js';
import type { RunLog } from './run-log.js';
import { learningRateAt } from './schedule.js';
import type { BatchResult, Training } from './step.js';
import type { Validation, Validator } from './validate.js';

/** What shows how far the run is. */
export interface Progress {
  update(done: number, figures?: Record<string, number | string>): void;
  log(line: string): void;
  finish(): void;
}

/** A run that is ready to go; `state` moves on as it goes. */
export interface Run {
  recipe: Recipe;
  runFolder: string;
  state: RunState;
  reader: ImageReader;
  trainingImages: number;
  validation: { listing: Listing; view: View };
  step: Training;
  measure: Validator;
  camera: ProbeCamera | undefined;
  runLog: RunLog;
  interrupt: Interrupt;
  log: (line: string) => void;
  progress: (task: { label: string; total: number; unit: string }) => Progress;
  onEpoch: () => Promise<void>;
  content: CheckpointContent;
}

export interface RunEnd {
  finished: boolean;
  last: { valLoss: number; valTop1: number; valTop5: number } | null;
  skipped: SkippedFile[];
}

/** Runs what is left of the epochs, from where the state stands. */
export async function runEpochs(run: Run): Promise<RunEnd> {
  const { recipe, state, reader, log } = run;
  const skipped = new Map<string, SkippedFile>();
  const note = (files: readonly SkippedFile[]): void =>
    files.forEach((file) => {
      if (!skipped.has(file.file)) log(`skipped ${file.file}: ${file.reason}`);
      skipped.set(file.file, file);
    });
  let last: RunEnd['last'] = null;
  const validate = async (): Promise<Validation> => {
    const { result, skipped: files } = await validateOnce(run);
    note(files);
    last = { valLoss: result.loss, valTop1: result.top1, valTop5: result.top5 };
    return result;
  };

  if (state.step === 0 && state.batch === 0) {
    const { loss, top1, top5, images } = await validate();
    log(`before training: validation loss ${loss.toFixed(3)}, top-1 ${percent(top1)} of ${images} images`);
    run.runLog.start({ kind: 'start', epoch: 0, step: 0, valLoss: loss, valTop1: top1, valTop5: top5 });
    if (run.camera) await run.runLog.snapshot(run.camera.take(0, 0));
  }
  while (state.epoch < recipe.schedule.epochs) {
    const done = await trainEpoch(run);
    note(reader.summary().skipped);
    if (!done) {
      await save(run, false);
      log(`stopped at step ${state.step}; camtune train --resume --run ${run.runFolder} goes on`);
      return { finished: false, last, skipped: [...skipped.values()] };
    }
    await finishEpoch(run, await validate());
  }
  return { finished: true, last, skipped: [...skipped.values()] };
}

/** Trains to the end of the epoch; false when the user asked to stop before. */
async function trainEpoch(run: Run): Promise<boolean> {
  const { recipe, state, reader, step, runLog, interrupt } = run;
  const { accumulate, learningRate } = recipe.optimizer;
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
  try {
    for await (const batch of reader.batches(state.epoch, state.batch)) {
      const group = Math.floor(batch.number / accumulate) * accumulate;
      rate = learningRateAt(recipe.schedule, learningRate, state.epoch + group / total);
      const started = performance.now();
      const result = step.run(batch, chosenImages(recipe, state.epoch, batch), rate);
      checkFinite(result, state.step + 1, batch);
      waiting++;
      const isLast = batch.number === total - 1;
      const updates = waiting === accumulate || isLast || accumulate === 1;
      if (updates && accumulate > 1) step.update(rate);
      const seconds = (performance.now() - started) / 1000;
      addTo(state.sums, result, seconds);
      addTo(state.sinceLine, result, seconds);
      state.batch = batch.number + 1;
      bar.update(state.sums.images, { loss: state.sums.loss / state.sums.images });
      if (!updates) continue;
      waiting = 0;
      state.step++;
      logStep(run, rate);
      // Signals and timers want a turn of the event loop; native calls leave none by themselves.
      await setImmediate();
      if (interrupt.requested() && !isLast) return false;
      if (everySteps && state.step % everySteps === 0 && !isLast) await save(run, false);
    }
    // Unreadable files may have left the last group short.
    if (waiting > 0 && accumulate > 1) {
      step.update(rate);
      state.step++;
    }
  } finally {
    bar.finish();
  }
  runLog.flush();
  return true;
}

/** Which images go through the stage follows from seed, epoch and batch alone. */
function chosenImages({ stage, seed }: Recipe, epoch: number, batch: Batch): Int32Array {
  if (!stage.enabled || epoch < stage.start) return new Int32Array();
  const [images] = batch.shape;
  return chooseImages(images, stage.probability, random(mixSeeds(seed, 0x57a6e, epoch, batch.number)));
}

function checkFinite({ loss }: BatchResult, step: number, { files }: Batch): void {
  if (Number.isFinite(loss)) return;
  const shown = files.slice(0, 8).join(', ') + (files.length > 8 ? ` and ${files.length - 8} more` : '');
  throw new Failure(
    `step ${step}: expected a finite loss, found ${loss} on the batch ${shown}; ` +
      'lower optimizer.learningRate, add schedule.warmupEpochs or set optimizer.clipNorm',
  );
}

function addTo(sums: EpochSums, { images, loss, correct, augmented, zeroMaps, maskArea }: BatchResult, seconds: number) {
  sums.images += images;
  sums.loss += loss;
  sums.correct += correct;
  sums.augmented += augmented;
  sums.zeroMaps += zeroMaps;
  sums.maskArea += maskArea;
  sums.seconds += seconds;
}

function reset(sums: EpochSums): void {
  for (const key of Object.keys(sums) as (keyof EpochSums)[]) sums[key] = 0;
}

function logStep({ recipe, state, runLog }: Run, learningRate: number): void {
  if (state.step % recipe.log.every !== 0) return;
  const { images, loss, seconds } = state.sinceLine;
  runLog.step({
    kind: 'step',
    step: state.step,
    epoch: state.epoch + 1,
    loss: loss / images,
    learningRate,
    imagesPerSecond: images / seconds,
  });
  reset(state.sinceLine);
}

async function finishEpoch(run: Run, validation: Validation): Promise<void> {
  const { recipe, state, runLog, camera } = run;
  const { images, loss, correct, augmented, zeroMaps, maskArea, seconds } = state.sums;
  const { schedule, optimizer, checkpoint } = recipe;
  const epoch = state.epoch + 1;
  const better = validation.top1 > (state.best?.top1 ?? -1);
  if (better) state.best = { epoch, top1: validation.top1 };
  const staged = recipe.stage.enabled && state.epoch >= recipe.stage.start;
  runLog.epoch({
    kind: 'epoch',
    epoch,
    step: state.step,
    trainLoss: loss / images,
    trainTop1: correct / images,
    valLoss: validation.loss,
    valTop1: validation.top1,
    valTop5: validation.top5,
    learningRate: learningRateAt(schedule, optimizer.learningRate, state.epoch),
    imagesPerSecond: images / seconds,
    images,
    shareAugmented: augmented / images,
    zeroMaps,
    ...(staged && augmented > 0 && { maskArea: maskArea / augmented }),
  });
  if (camera) await runLog.snapshot(camera.take(epoch, state.step));
  run.log(
    `epoch ${epoch}/${schedule.epochs}: train loss ${(loss / images).toFixed(3)}, ` +
      `validation loss ${validation.loss.toFixed(3)}, top-1 ${percent(validation.top1)}, ` +
      `top-5 ${percent(validation.top5)}, ${(images / seconds).toFixed(1)} images/s` +
      (staged ? `, ${augmented} images through the stage, ${zeroMaps} zero maps` : ''),
  );
  state.epoch++;
  state.batch = 0;
  reset(state.sums);
  if (epoch % checkpoint.everyEpochs === 0 || epoch === schedule.epochs || better) await save(run, better);
  await run.onEpoch();
}

async function save({ recipe, runFolder, state, content, runLog }: Run, best: boolean): Promise<void> {
  runLog.flush();
  await writeCheckpoint(join(runFolder, 'checkpoints'), state, content, { best, keep: recipe.checkpoint.keep });
}

async function validateOnce({ recipe, validation, measure, progress }: Run) {
  const { listing, view } = validation;
  const reader = imageReader(listing, { batchSize: recipe.data.batchSize, view, ...errorPolicy(recipe.data) });
  const bar = progress({ label: 'validation', total: listing.files.length, unit: 'images' });
  try {
    const result = await measure.run(reader.batches(), (images) => bar.update(images));
    return { result, skipped: reader.summary().skipped };
  } finally {
    bar.finish();
  }
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
