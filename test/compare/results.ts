import type { RunResult } from '../../src/compare/index.js';

/** A result by hand: `top1` of each image and of each epoch, seconds of an epoch; everything else is plain. */
export function resultOf(
  arm: string,
  seed: number,
  { top1, curve = [], secondsAnEpoch = 10 }: { top1: number[]; curve?: number[]; secondsAnEpoch?: number },
): RunResult {
  const half = top1.map(() => 0.5);
  return {
    arm,
    seed,
    steps: 4 * curve.length,
    images: 32 * curve.length,
    curve: [0, ...curve].map((value, epoch) => ({
      epoch,
      seconds: epoch * secondsAnEpoch,
      top1: value,
      loss: 1,
    })),
    measured: {
      files: top1.map((_, image) => `${image}.png`),
      columns: {
        loss: half,
        top1,
        top5: top1.map(() => 1),
        blurred: top1.map(() => 0),
        swapped: top1.map((_, image) => (image === 0 ? null : 0)),
        energyLafam: half,
        energyGradCam: top1.map(() => null),
        objectArea: half,
      },
    },
  };
}
