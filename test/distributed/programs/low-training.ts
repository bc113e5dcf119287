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
  // The same on other images, see ON_OTHERS.
  bfloat16AndWire1: { precision: 'bfloat16', wire: 'bfloat16' },
  bfloat16AndWire2: { precision: 'bfloat16', wire: 'bfloat16' },
  float16: { precision: 'float16', scaling: { scale: 2 ** 4 } },
  // Skips steps at first; the scale falls, and rises again after each two steps that are not skipped.
  float16Overflowing: { precision: 'float16', scaling: { scale: 2 ** 19, interval: 2 } },
} as const;

/**
 * What is rounded in computing and again on the wire may come to lie on the other side of a ReLU, and learns something else
 * from there on, with TensorFlow's collectives as in the ring: so there are fewer steps, of several trainings.
 */
const ON_OTHERS: Partial<Record<keyof typeof formats, number>> = {
  bfloat16AndWire: 0,
  bfloat16AndWire1: 100,
  bfloat16AndWire2: 200,
};

export interface LowTraining {
  /** Of the network after the last step, and before the first. */
  weights: number[];
  before: number[];
  /** The scale of the loss after each step; empty where none is used. */
  scales: number[];
  skipped: number;
}

/**
 * Trains a small network for 16 steps (6, see ON_OTHERS) on this rank's part of 7 images, in each of the formats.
 *
 * @param parts of a process alone: in how many parts it takes them, whose gradients it accumulates
 */
export function trainLow(group: Group, parts = 1): Record<keyof typeof formats, LowTraining> {
  const { rank, size } = group;
  const trained = (name: keyof typeof formats): LowTraining => {
    const images = ON_OTHERS[name];
    const network = convolutions();
    const flat = (): number[] => [...weightsOf(network).values()].flat();
    const before = flat();
    const training = trainingOf(network, {
      ...formats[name],
      freezeNorm: true,
      optimizer: { name: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 0.1, clipNorm: 1 },
      ...(size > 1 && { ranks: group }),
      accumulates: parts > 1,
    });
    const scales: number[] = [];
    let skipped = 0;
    for (let step = 0; step < (images === undefined ? 16 : 6); step++) {
      const batch = noiseBatch(7, 4, 2, step + (images ?? 0));
      for (let each = 0; each < parts; each++) {
        const [from, to] = shareOf(7, parts > 1 ? { rank: each, size: parts } : { rank, size });
        skipped += training.run(part(batch, from, to), nobody, 0.05).skippedSteps;
      }
      if (parts > 1) skipped += training.update(0.05);
      if (training.lossScale) scales.push(training.lossScale.read().scale);
    }
    const result = { weights: flat(), before, scales, skipped };
    training.dispose();
    network.model.dispose();
    return result;
  };
  const names = Object.keys(formats) as (keyof typeof formats)[];
  return Object.fromEntries(names.map((name) => [name, trained(name)])) as Record<
    keyof typeof formats,
    LowTraining
  >;
}
