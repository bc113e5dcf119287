import { expect } from 'chai';
import { soloGroup } from '../../src/distributed/index.js';
import { needsNative } from '../backend.js';
import { type formats, trainLow, type LowTraining } from './programs/low-training.js';
import { freePlace, type RankProcess, startRank } from './ranks.js';

type Format = keyof typeof formats;

/** Trainings of which the middle one is judged. */
const alike: Partial<Record<Format, Format[]>> = {
  bfloat16AndWire: ['bfloat16AndWire', 'bfloat16AndWire1', 'bfloat16AndWire2'],
};

/**
 * How far the weights of ranks may be from those of one process that accumulates the same parts, as a share of the way
 * that training has taken them. Both round alike in whatever format they compute: what is left is the order of sums in
 * float32. On the wire each part and the sum are rounded to bfloat16, by 2^-9 of a gradient; parts that nearly cancel are
 * larger than their sum, and what differs once is trained upon: eight times as much is allowed (seen: three times).
 */
const tolerance = {
  float32: 1e-5,
  bfloat16: 1e-5,
  float16: 1e-5,
  wire: 8 * 2 ** -9,
  bfloat16AndWire: 8 * 2 ** -9,
} as const;

describe('ranks that train in low precision', () => {
  before(needsNative);

  for (const size of [2, 4]) {
    describe(`${size} of them`, () => {
      let told: Record<Format, LowTraining>[];
      let alone: Record<Format, LowTraining>;
      let started: RankProcess[] = [];
      before(async () => {
        alone = trainLow(soloGroup(), size);
        const place = await freePlace(size);
        started = place.addresses.map((_, rank) => startRank('low-precision', { ...place, rank }));
        const ends = await Promise.all(started.map(({ ended }) => ended));
        ends.forEach(({ status, errors }) => expect(status, errors).to.equal(0));
        told = ends.map(({ lines }) => lines[0] as Record<Format, LowTraining>);
      });
      after(() => started.forEach(({ process }) => process.kill('SIGKILL')));

      for (const format of Object.keys(tolerance) as (keyof typeof tolerance)[]) {
        it(`have one network with ${format}, and that of one process that accumulates`, () => {
          const shares = (alike[format] ?? [format]).map((each) => {
            const [first, ...others] = told.map((formats) => formats[each]);
            others.forEach((other) => expect(other).to.deep.equal(first));
            const { weights, before } = alone[each];
            const way = distance(weights, before);
            expect(way).to.be.above(0.1);
            return distance(first!.weights, weights) / way;
          });
          const middle = shares.sort((a, b) => a - b)[Math.floor(shares.length / 2)]!;
          expect(middle).to.be.below(tolerance[format]);
        });
      }

      it('scale the loss alike in float16, and skip the same steps', () => {
        const [first, ...others] = told.map(({ float16Overflowing }) => float16Overflowing);
        others.forEach((other) => expect(other).to.deep.equal(first));
        expect(first!.skipped).to.be.within(8, 15);
        expect(new Set(first!.scales).size).to.be.above(8);
        expect(first!.scales).to.deep.equal(alone.float16Overflowing.scales);
      });

      it('round: low precision is not that of float32', () => {
        for (const format of ['wire', 'bfloat16', 'float16'] as const)
          expect(told[0]![format].weights).to.not.deep.equal(told[0]!.float32.weights);
      });
    });
  }
});

function distance(a: readonly number[], b: readonly number[]): number {
  return Math.hypot(...a.map((value, at) => value - b[at]!));
}
