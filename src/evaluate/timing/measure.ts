import * as tf from '@tensorflow/tfjs-core';

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
  device: string;
}

/**
 * Times a step: one call to warm up (its time is kept: it traces), another one, then `repeats` calls.
 *
 * @param images images that one call works on
 */
export async function measure(
  what: string,
  { images, repeats, setting }: { images: number; repeats: number; setting: Setting },
  step: () => void | Promise<void>,
): Promise<Timing> {
  const time = async (): Promise<number> => {
    const started = performance.now();
    await step();
    return performance.now() - started;
  };
  const firstCallMs = await time();
  await time();
  const times: number[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) times.push(await time());
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
