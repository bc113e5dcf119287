import * as tf from '@tensorflow/tfjs-core';
import type { Precision } from '../tensorflow/index.js';

/** What `camtune bench` prints. */
export interface Timing {
  what: string;
  /** Best of several calls after warm-up. */
  msPerImage: number;
  imagesPerSecond: number;
  /** Median of the same calls. */
  msPerImageMedian: number;
  /** First call: trace, load and one run, milliseconds. */
  firstCallMs: number;
  /** Highest resident memory of the process so far, MB. */
  peakMemoryMB: number;
  backend: string;
  device: string;
  batch: number;
  size: number;
  precision: string;
  /** What was computed in; another one than asked for where that would be slower. */
  computedIn?: string;
  /** Of a training step: which stage stood before it. */
  stage?: string;
  /** Of a step with a stage: its time over that of the step without. */
  timesTheStepWithout?: number;
}

/** Where and how it was measured. */
export interface Setting {
  batch: number;
  size: number;
  precision: string;
  computedIn?: string;
  device: string;
}

/** What to measure. */
export interface BenchOptions {
  /** Images in a call. */
  batch: number;
  /** Side of the images, pixels. */
  size: number;
  /** What was asked for. */
  precision: Precision;
  /** What the steps compute in; another one where that would be slower. */
  computedIn: Precision;
  device: string;
  repeats: number;
}

/** The part of the options that is printed. */
export function settingOf({ batch, size, precision, computedIn, device }: BenchOptions): Setting {
  return { batch, size, precision, computedIn, device };
}

/**
 * Times a step: one call to warm up (its time is kept: it traces), another one, then `repeats` calls.
 *
 * @param images images that one call works on
 * @param patienceMs once calls have taken as long, there is no further one; a first call that does is the result
 */
export async function measure(
  what: string,
  {
    images,
    repeats,
    setting,
    patienceMs = Infinity,
  }: { images: number; repeats: number; setting: Setting; patienceMs?: number },
  step: () => void | Promise<void>,
): Promise<Timing> {
  const time = async (): Promise<number> => {
    const started = performance.now();
    await step();
    return performance.now() - started;
  };
  const firstCallMs = await time();
  const times: number[] = [];
  let spent = firstCallMs;
  for (let repeat = -1; repeat < repeats && spent < patienceMs; repeat++) {
    const took = await time();
    spent += took;
    // The second call, too, is often slower than those behind it.
    if (repeat >= 0 || spent >= patienceMs) times.push(took);
  }
  if (times.length === 0) times.push(firstCallMs);
  times.sort((a, b) => a - b);
  const best = times[0]! / images;
  return {
    what,
    msPerImage: best,
    imagesPerSecond: 1000 / best,
    msPerImageMedian: times[Math.floor(times.length / 2)]! / images,
    firstCallMs,
    peakMemoryMB: process.resourceUsage().maxRSS / 1024,
    backend: tf.getBackend(),
    ...setting,
  };
}
