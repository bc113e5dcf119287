import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../errors.js';
import { readMetrics, type EpochLine, type MetricsLine, type StartLine } from '../../log/index.js';
import type { RunResult } from '../types.js';

/** Whether a run went to its end and its network is there. */
export function isFinished(runFolder: string): boolean {
  const metrics = join(runFolder, 'metrics.jsonl');
  return (
    existsSync(join(runFolder, 'model', 'model.json')) &&
    existsSync(metrics) &&
    readMetrics(metrics).some(({ kind }) => kind === 'summary')
  );
}

/**
 * What a finished run's metrics.jsonl tells: validation over training time, where an epoch was validated; steps, images
 * trained on.
 *
 * @throws Failure where the file is missing or damaged
 */
export function trainingCurve(runFolder: string): Pick<RunResult, 'curve' | 'steps' | 'images'> {
  const path = join(runFolder, 'metrics.jsonl');
  const lines = readMetrics(path);
  const isEpoch = (line: MetricsLine): line is EpochLine => line.kind === 'epoch';
  const start = lines.find((line): line is StartLine => line.kind === 'start');
  const epochs = lines.filter(isEpoch);
  if (!start || epochs.length === 0) {
    throw new Failure(
      `${path}: expected the start and the epochs of a finished run; remove the run's folder`,
    );
  }
  let [seconds, images] = [0, 0];
  const curve = [{ epoch: 0, seconds: 0, top1: start.valTop1, loss: start.valLoss }];
  for (const line of epochs) {
    const inEpoch = Number(line['images']);
    seconds += inEpoch / line.imagesPerSecond;
    images += inEpoch;
    const { epoch, valTop1, valLoss } = line;
    if (valTop1 !== null) curve.push({ epoch, seconds, top1: valTop1, loss: valLoss! });
  }
  return { curve, steps: epochs.at(-1)!.step, images };
}
