import type { Group } from '../../../src/distributed/index.js';
import { shareOf } from '../../../src/data/index.js';
import {
  convolutions,
  noiseBatch,
  nobody,
  part,
  trainingOf,
  weightsOf,
} from '../../train/support/networks.js';

/** Number formats of computing and of the wire. */
export const formats = {
  float32: { precision: 'float32' },
  wire: { precision: 'float32', wire: 'bfloat16' },
  bfloat16: { precision: 'bfloat16' },
  bfloat16AndWire: { precision: 'bfloat16', wire: 'bfloat16' },
  float16: { precision: 'float16', scaling: { scale: 2 ** 4 } },
  // Skips steps at first; the scale falls, and rises again after each two steps that are not skipped.
  float16Overflowing: { precision: 'float16', scaling: { scale: 2 ** 19, interval: 2 } },
} as const;

export interface LowTraining {
  /** Of the network after the last step, and before the first. */
  weights: number[];
  before: number[];
  /** The scale of the loss after each step; empty where none is used. */
  scales: number[];
  skipped: number;
}

/**
 * Trains a small network for 16 steps on this rank's part of 7 images, in each of the formats.
 *
 * @param parts of a process alone: in how many parts it takes them, whose gradients it accumulates
 */
export function trainLow(group: Group, parts = 1): Record<keyof typeof formats, LowTraining> {
  const { rank, size } = group;
  const trained = (format: (typeof formats)[keyof typeof formats]): LowTraining => {
    const network = convolutions();
    const flat = (): number[] => [...weightsOf(network).values()].flat();
    const before = flat();
    const training = trainingOf(network, {
      ...format,
      freezeNorm: true,
      optimizer: { name: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 0.1, clipNorm: 1 },
      ...(size > 1 && { ranks: group }),
      accumulates: parts > 1,
    });
    const scales: number[] = [];
    let skipped = 0;
    for (let step = 0; step < 16; step++) {
      for (let each = 0; each < parts; each++) {
        const [from, to] = shareOf(7, parts > 1 ? { rank: each, size: parts } : { rank, size });
        skipped += training.run(part(noiseBatch(7, 4, 2, step), from, to), nobody, 0.05).skippedSteps;
      }
      if (parts > 1) skipped += training.update(0.05);
      if (training.lossScale) scales.push(training.lossScale.read().scale);
    }
    const result = { weights: flat(), before, scales, skipped };
    training.dispose();
    network.model.dispose();
    return result;
  };
  return Object.fromEntries(
    Object.entries(formats).map(([name, format]) => [name, trained(format)]),
  ) as Record<keyof typeof formats, LowTraining>;
}
