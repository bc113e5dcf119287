import * as tf from '@tensorflow/tfjs-core';
import type { Group } from '../../distributed/index.js';
import type { SkippedFile } from '../../data/index.js';
import { Failure } from '../../errors.js';
import { compile } from '../../tensorflow/index.js';
import type { Together } from '../loop/index.js';
import type { Validation } from '../step/index.js';
import { fromFirst } from './from-first.js';
import { hashOf } from './hash.js';

/** What of a run its processes have in common. */
export interface Shared {
  /** Weights, moments and averages: the same on every rank. */
  same: readonly tf.Variable[];
  /** Running statistics of batch norms that each rank has from its own images; empty where they are synchronized. */
  statistics: readonly tf.Variable[];
  /** Hears of every step. */
  onStep?: ((step: number) => void) | undefined;
}

/** The processes of a group, seen from one of them; the group itself stays the caller's. */
export function joined(group: Group, { same, statistics, onStep }: Shared): Together {
  const averageStatistics = compile(
    () =>
      tf.tidy(() =>
        group.mean(statistics).forEach((mean, index) => {
          statistics[index]!.assign(mean);
        }),
      ),
    { name: 'averageStatistics' },
  );
  return {
    share: { rank: group.rank, size: group.size },
    leads: group.rank === 0,
    any: async (own) => (await group.gather(own)).includes(true),
    first: (find) => fromFirst(group, find),
    skipped: async (own) => merged(await group.gather(own)),
    validation: async (own) => mean(await group.gather(own)),
    averageStatistics() {
      if (statistics.length > 0) averageStatistics();
    },
    async compare(step) {
      const [first, ...others] = await group.gather(hashOf(bytesOf(same)));
      const other = others.findIndex((hash) => hash !== first);
      if (other < 0) return;
      throw new Failure(
        `step ${step}: expected the same weights in all processes, found others on rank ${other + 1} than on rank 0; do all have the same kind of processor?`,
      );
    },
    reached(step) {
      group.reached(step);
      onStep?.(step);
    },
    dispose: () => averageStatistics.dispose(),
  };
}

function* bytesOf(variables: readonly tf.Variable[]): Generator<Uint8Array> {
  for (const variable of variables) {
    const { buffer, byteOffset, byteLength } = variable.dataSync();
    yield new Uint8Array(buffer, byteOffset, byteLength);
  }
}

/** Each file once. */
function merged(all: readonly (readonly SkippedFile[])[]): SkippedFile[] {
  return [...new Map(all.flat().map((skipped) => [skipped.file, skipped])).values()];
}

/** A share without images has no means. */
function mean(all: readonly Validation[]): Validation {
  const some = all.filter(({ images }) => images > 0);
  const images = some.reduce((sum, own) => sum + own.images, 0);
  const of = (key: 'loss' | 'top1' | 'top5'): number =>
    // JSON has no NaN: a loss that is none comes as null.
    some.reduce((sum, own) => sum + own.images * ((own[key] as number | null) ?? NaN), 0) / images;
  return { images, loss: of('loss'), top1: of('top1'), top5: of('top5') };
}
