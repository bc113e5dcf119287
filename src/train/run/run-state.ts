import { join } from 'node:path';
import { z } from 'zod';
import type { Listing, SkippedFile } from '../../data/index.js';
import { checked } from '../../files/checked.js';
import { Failure } from '../../errors.js';
import { isObject } from '../../text/is-object.js';
import { readRegularFile, utf8 } from '../../files/read-file.js';
import type { BatchResult, LossScaleState } from '../step/index.js';

/** Sums over the images of an epoch so far. */
export interface EpochSums extends BatchResult {
  seconds: number;
}

/** What a validation gave; accuracies are shares in [0, 1]. */
export interface Validated {
  valLoss: number;
  valTop1: number;
  valTop5: number;
}

/** What the rule of schedule.stop.saliency needs to know of a look at the maps. */
export interface MapEpoch {
  /** After which it was, from 1. */
  epoch: number;
  /** Change since the look before ÷ floor; null where it is unknown. */
  overFloor: number | null;
  /** Mean learning rate of the batches since then. */
  rate: number;
}

/** Where a run stands. Everything random follows from the seed and from this position. */
export interface RunState {
  version: 1;
  /** The epoch that is running or comes next, from 0. */
  epoch: number;
  /** The batch of the epoch that comes next. */
  batch: number;
  /** Updates of the weights so far. */
  step: number;
  sums: EpochSums;
  /** The same since the last line of kind "step". */
  sinceLine: EpochSums;
  best: { epoch: number; top1: number } | null;
  /** With schedule.stop: the best value of its metric so far, the epoch (from 1) that it is of, and validations since. */
  watched?: { metric: 'valLoss' | 'valTop1'; value: number; epoch: number; since: number } | undefined;
  /**
   * With schedule.stop.saliency: how the maps changed from look to look, the epochs between two looks (older runs: 1), and
   * the highest mean learning rate of an epoch.
   */
  maps?: { peak: number; every?: number; epochs: MapEpoch[] } | undefined;
  /** The validation before the first step. */
  initial: Validated | null;
  /** The newest validation. */
  last: Validated | null;
  /** The step that it followed; null before the first one. */
  validated: number | null;
  /** Files that could not be read so far, each once. */
  skipped: SkippedFile[];
  /** The training data that the position belongs to. */
  data: { images: number; classNames: string[] };
  /** In float16: where the scaling of the loss stood at the checkpoint. */
  lossScale?: LossScaleState | undefined;
}

/** Sums over no images. */
export function noSums(): EpochSums {
  return {
    images: 0,
    weight: 0,
    loss: 0,
    correct: 0,
    augmented: 0,
    zeroMaps: 0,
    maskArea: 0,
    skippedSteps: 0,
    seconds: 0,
  };
}

/** Adds what a batch or a step gave, and the time that it took, to the sums of the epoch and of the next line. */
export function count(state: RunState, result: Partial<BatchResult>, seconds = 0): void {
  for (const sums of [state.sums, state.sinceLine]) {
    for (const key of Object.keys(result) as (keyof BatchResult)[]) sums[key] += result[key]!;
    sums.seconds += seconds;
  }
}

/** Moves on to the start of the next epoch. */
export function nextEpoch(state: RunState): void {
  state.epoch++;
  state.batch = 0;
  state.sums = noSums();
}

/** The state of a run before its first step. */
export function freshState({ files, classNames }: Listing): RunState {
  return {
    version: 1,
    epoch: 0,
    batch: 0,
    step: 0,
    sums: noSums(),
    sinceLine: noSums(),
    best: null,
    initial: null,
    last: null,
    validated: null,
    skipped: [],
    data: { images: files.length, classNames },
  };
}

/** The file of a checkpoint that holds the state. */
export const STATE = 'state.json';

/**
 * Reads where a run stood.
 *
 * @throws Failure where the file is none, or its content is not
 */
export async function readState(checkpoint: string): Promise<RunState> {
  const path = join(checkpoint, STATE);
  const content = parse(path, utf8(await readRegularFile(path, MOST_BYTES), path));
  if (isObject(content) && typeof content.version === 'number' && content.version !== 1)
    throw new Failure(`${path}: expected version 1, found ${content.version}`);
  const state = checked(stateSchema, content, path, 'the state of a run') as unknown as RunState;
  // Older checkpoints do not count everything.
  const complete = (sums: Partial<EpochSums>): EpochSums => ({
    ...noSums(),
    ...sums,
    weight: sums.weight ?? sums.images ?? 0,
  });
  // They are of runs that validated after every epoch.
  const { epoch, batch, step, watched, validated = batch === 0 ? step : null } = state;
  return {
    ...state,
    ...(watched && { watched: { ...watched, since: watched.since ?? epoch - watched.epoch } }),
    validated,
    sums: complete(state.sums),
    sinceLine: complete(state.sinceLine),
  };
}

const MOST_BYTES = 2 ** 28;
const whole = z.number().int().min(0);
/** JSON has null for what is not finite. */
const measured = z.number().nullable();
const sums = z.record(z.string(), measured);
const validated = z.object({ valLoss: measured, valTop1: measured, valTop5: measured }).nullable();

/** What must be right of a state: numbers that a run would go wrong with, and lists that it goes through. */
const stateSchema = z.looseObject({
  version: z.literal(1),
  epoch: whole,
  batch: whole,
  step: whole,
  sums,
  sinceLine: sums,
  best: z.object({ epoch: whole, top1: z.number() }).nullable(),
  initial: validated,
  last: validated,
  validated: whole.nullish(),
  skipped: z.array(z.object({ file: z.string(), reason: z.string() })),
  data: z.object({ images: whole, classNames: z.array(z.string()) }),
});

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Failure(`${path}: expected the state of a run, found no JSON (${(error as Error).message})`);
  }
}
