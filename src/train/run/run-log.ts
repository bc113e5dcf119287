import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RunState } from './run-state.js';
import {
  type EpochLine,
  eventWriter,
  metricsWriter,
  type MetricValue,
  type Snapshot,
  type StartLine,
  type StepLine,
  truncateMetrics,
  writeFigure,
  writeSnapshot,
} from '../../log/index.js';
import { recipeToYaml, type Recipe } from '../recipe/index.js';
import { hyperparametersOf } from './hyperparameters.js';

/** Everything that a run writes for people and programs that watch it. */
export interface RunLog {
  start(line: StartLine): void;
  step(line: StepLine): void;
  epoch(line: EpochLine): void;
  snapshot(snapshot: Snapshot): Promise<void>;
  /** What is written so far survives a power cut. */
  flush(): void;
  finish(summary: Record<string, MetricValue>): Promise<void>;
  close(): void;
}

/** Opens the logs of a run; what a resumed run had logged behind its checkpoint is taken back. */
export async function startLog(
  runFolder: string,
  {
    recipe,
    state,
    resumed,
    log,
  }: { recipe: Recipe; state: RunState; resumed: boolean; log: (line: string) => void },
): Promise<RunLog> {
  const metricsPath = join(runFolder, 'metrics.jsonl');
  const saliency = join(runFolder, 'saliency');
  // A run that was killed before its first checkpoint begins anew: nothing of it stays.
  const from = resumed ? state.step : -1;
  const before = existsSync(metricsPath);
  if (before) (await truncateMetrics(metricsPath, from, state.epoch)).forEach(log);
  const metrics = metricsWriter(metricsPath);
  const events = recipe.log.tensorboard
    ? tensorboard(join(runFolder, 'tensorboard'), before ? { resumedAt: from } : {})
    : undefined;
  return {
    start(line) {
      metrics.write(line);
      events?.validation.scalars(line.step, validated(line));
      events?.run.text(line.step, 'recipe', indented(recipeToYaml(recipe)));
      events?.run.hyperparameters(hyperparametersOf(recipe));
    },
    step(line) {
      metrics.write(line);
      events?.train.scalars(line.step, {
        'loss/step': line.loss,
        'optimization/learning rate': line.learningRate,
        'optimization/images per second': line.imagesPerSecond,
      });
    },
    epoch(line) {
      metrics.write(line);
      events?.validation.scalars(line.step, { ...validated(line), ...lookedAt(line) });
      events?.train.scalars(line.step, {
        'loss/train': line.trainLoss,
        'accuracy/top1': Number(line['trainTop1']),
        'stage/share of images augmented': line.shareAugmented ?? NaN,
        'stage/zero maps': line.zeroMaps ?? NaN,
        'stage/mean mask area': line.maskArea ?? NaN,
      });
    },
    async snapshot(snapshot) {
      const pictures = await writeSnapshot(saliency, snapshot);
      for (const { tag, png, width, height } of pictures)
        events?.run.image(snapshot.step, tag, png, width, height);
    },
    flush() {
      metrics.flush();
      events?.all.forEach((writer) => writer.flush());
    },
    async finish(summary) {
      metrics.write({ kind: 'summary', ...summary });
      metrics.flush();
      events?.run.finished();
      if (recipe.log.saliency) await writeFigure(saliency);
    },
    close() {
      metrics.close();
      events?.all.forEach((writer) => writer.close());
    },
  };
}

/**
 * TensorBoard draws what stands under one tag in several folders as one chart: the accuracies of training and validation.
 * The losses have tags of their own in one group, since smoothing labels or mixing them makes another loss. Pictures, the
 * recipe and its hyperparameters, which belong to both, stand in the folder above.
 */
function tensorboard(folder: string, options: { resumedAt?: number }) {
  const run = eventWriter(folder, options);
  const train = eventWriter(join(folder, 'train'), options);
  const validation = eventWriter(join(folder, 'validation'), options);
  return { run, train, validation, all: [run, train, validation] };
}

/** An epoch that was not validated is no point of a curve. */
function validated({ valLoss, valTop1, valTop5 }: StartLine | EpochLine): Record<string, number> {
  return {
    'loss/validation': valLoss ?? NaN,
    'accuracy/top1': valTop1 ?? NaN,
    'accuracy/top5': valTop5 ?? NaN,
  };
}

/** With schedule.stop.saliency; what is not known is no point of a curve. */
function lookedAt(line: EpochLine): Record<string, number> {
  const figure = (key: string): number => {
    const value = line[key];
    return typeof value === 'number' ? value : NaN;
  };
  return {
    'saliency/change': figure('mapChange'),
    'saliency/floor': figure('mapFloor'),
    'saliency/change over floor': figure('changeOverFloor'),
    'saliency/zero maps': figure('mapZero'),
  };
}

/** A block of code in Markdown. */
function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
}
