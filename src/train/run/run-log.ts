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
    ? eventWriter(runFolder, before ? { resumedAt: from } : {})
    : undefined;
  return {
    start(line) {
      metrics.write(line);
      events?.scalars(line.step, { ...validated(line) });
      events?.text(line.step, 'recipe', indented(recipeToYaml(recipe)));
    },
    step(line) {
      metrics.write(line);
      events?.scalars(line.step, {
        'loss/step': line.loss,
        'optimization/learning rate': line.learningRate,
        'optimization/images per second': line.imagesPerSecond,
      });
    },
    epoch(line) {
      metrics.write(line);
      events?.scalars(line.step, {
        'loss/train': line.trainLoss,
        'top1/train': Number(line['trainTop1']),
        ...validated(line),
        'stage/share of images augmented': line.shareAugmented ?? NaN,
        'stage/zero maps': line.zeroMaps ?? NaN,
        'stage/mean mask area': line.maskArea ?? NaN,
      });
    },
    async snapshot(snapshot) {
      const pictures = await writeSnapshot(saliency, snapshot);
      for (const { tag, png, width, height } of pictures)
        events?.image(snapshot.step, tag, png, width, height);
    },
    flush() {
      metrics.flush();
      events?.flush();
    },
    async finish(summary) {
      metrics.write({ kind: 'summary', ...summary });
      metrics.flush();
      if (recipe.log.saliency) await writeFigure(saliency);
    },
    close() {
      metrics.close();
      events?.close();
    },
  };
}

/** Tags with a common beginning stand beside each other in TensorBoard: training beside validation. */
function validated({ valLoss, valTop1, valTop5 }: StartLine | EpochLine): Record<string, number> {
  return { 'loss/validation': valLoss, 'top1/validation': valTop1, 'top5/validation': valTop5 };
}

/** A block of code in Markdown. */
function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
}
