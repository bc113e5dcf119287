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
import type { Recipe } from '../recipe/index.js';

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
      events?.scalars(line.step, { 'validation/loss': line.valLoss, 'validation/top1': line.valTop1, 'validation/top5': line.valTop5 }); // prettier-ignore
    },
    step(line) {
      metrics.write(line);
      events?.scalars(line.step, {
        'train/loss': line.loss,
        'train/learning rate': line.learningRate,
        'train/images per second': line.imagesPerSecond,
      });
    },
    epoch(line) {
      metrics.write(line);
      events?.scalars(line.step, {
        'epoch/train loss': line.trainLoss,
        'epoch/train top1': Number(line['trainTop1']),
        'validation/loss': line.valLoss,
        'validation/top1': line.valTop1,
        'validation/top5': line.valTop5,
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
