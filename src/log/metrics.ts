import { closeSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Failure } from '../errors.js';
import { writeFileAtomic } from '../files/write-atomic.js';
import { hasFile } from '../files/read-file.js';
import { appendAtomically } from './append.js';

/** What a line may hold beside the fixed keys. A number that is not finite is written as null (JSON has no NaN). */
export type MetricValue =
  number | string | boolean | null | undefined | MetricValue[] | { [key: string]: MetricValue };

/** Some training steps: loss is the mean since the last such line. */
export interface StepLine {
  kind: 'step';
  step: number;
  epoch: number;
  loss: number;
  learningRate: number;
  imagesPerSecond: number;
  [key: string]: MetricValue;
}

/** One epoch. Accuracies are shares in [0, 1]; what validation gives is null where the epoch was not validated. */
export interface EpochLine {
  kind: 'epoch';
  epoch: number;
  step: number;
  trainLoss: number;
  valLoss: number | null;
  valTop1: number | null;
  valTop5: number | null;
  learningRate: number;
  imagesPerSecond: number;
  /** Share of the epoch's images that went through the stage, in [0, 1]. */
  shareAugmented?: number;
  /** Images of the epoch whose map was zero everywhere, so that they stayed as they were. */
  zeroMaps?: number;
  /** Mean share of an image that its binary mask keeps, in [0, 1]. */
  maskArea?: number;
  [key: string]: MetricValue;
}

/** The network before the first step. */
export interface StartLine {
  kind: 'start';
  epoch: 0;
  step: 0;
  valLoss: number;
  valTop1: number;
  valTop5: number;
}

/** The end of a run. */
export interface SummaryLine {
  kind: 'summary';
  [key: string]: MetricValue;
}

export type MetricsLine = StartLine | StepLine | EpochLine | SummaryLine;

/** Appends lines to metrics.jsonl. */
export interface MetricsWriter {
  /** Appends one line. It is with the system when this returns: a kill of the process does not lose it. */
  write(line: MetricsLine): void;
  /** Flushes to the disk: call it before a checkpoint, so that not even a power cut leaves it without its lines. */
  flush(): void;
  close(): void;
}

/**
 * Opens a metrics file to append to it; makes it and its folder if missing. A half-written last line (a kill while
 * it was written) is cut away first.
 */
export function metricsWriter(path: string): MetricsWriter {
  mkdirSync(dirname(path), { recursive: true });
  const whole = hasFile(path) ? readFileSync(path).lastIndexOf(0x0a) + 1 : 0;
  const file = openSync(path, 'a');
  ftruncateSync(file, whole);
  return {
    write: (line) => appendAtomically(file, Buffer.from(jsonLine(line))),
    flush: () => fsyncSync(file),
    close: () => closeSync(file),
  };
}

/**
 * Reads a metrics file. A half-written last line is left out.
 *
 * @throws when the file is missing or a line before the last one is no JSON object
 */
export function readMetrics(path: string): MetricsLine[] {
  if (!hasFile(path)) throw new Failure(`${path}: no such file; is this the folder of a run?`);
  const { rows } = split(path);
  return rows.flatMap((row, index) => {
    const line = parse(row);
    if (line) return [line];
    if (index === rows.length - 1) return [];
    throw new Failure(`${path}: line ${index + 1} is not a line of metrics: ${row.slice(0, 80)}`);
  });
}

/**
 * Cuts away what came after a checkpoint, so that a resumed run's file equals an uninterrupted run's: lines of a
 * later step, and the summary of an earlier end. A line that is damaged goes too. Rewrites the file atomically; does
 * nothing where there is none.
 *
 * The lines of the checkpoint's own step stay: the trainer writes an epoch's line before the checkpoint.
 *
 * @param step step of the checkpoint
 * @param epochs epochs that were complete at the checkpoint; default: all up to its step
 * @returns what was damaged, a sentence each
 */
export async function truncateMetrics(path: string, step: number, epochs = Infinity): Promise<string[]> {
  if (!hasFile(path)) return [];
  const { rows, rest } = split(path);
  const lines = rows.map(parse);
  const kept = lines.filter(
    (line) =>
      line !== undefined &&
      line.kind !== 'summary' &&
      line.step <= step &&
      (line.kind !== 'epoch' || line.epoch <= epochs),
  );
  await writeFileAtomic(path, kept.map((line) => jsonLine(line!)).join(''));
  const damaged = rows.flatMap((row, index) =>
    lines[index] ? [] : [`${path}: line ${index + 1} is damaged and was dropped: ${row.slice(0, 80)}`],
  );
  return rest === '' ? damaged : [...damaged, `${path}: the last line was half-written and was dropped`];
}

/** The lines that end, and what stands behind the last of them. */
function split(path: string): { rows: string[]; rest: string } {
  const rows = readFileSync(path, 'utf8').split('\n');
  return { rows: rows.slice(0, -1), rest: rows.at(-1)! };
}

function parse(row: string): MetricsLine | undefined {
  try {
    const line: unknown = JSON.parse(row);
    return typeof line === 'object' && line !== null && 'kind' in line ? (line as MetricsLine) : undefined;
  } catch {
    return undefined;
  }
}

function jsonLine(line: MetricsLine): string {
  return `${JSON.stringify(line)}\n`;
}
