import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { joinGroup, soloGroup } from '../../src/distributed/index.js';
import { trainSmall, type Norms } from './programs/small-training.js';
import { freePlace, type RankProcess, startRank } from './ranks.js';
import { needsNative } from '../backend.js';

interface Told {
  rank: number;
  size: number;
  trained: Record<Norms, number[]>;
  wires: number[];
  several: number[][];
  before: number[];
  after: number[];
  stack: number[][];
  gathered: unknown[];
  flags: number[];
}

describe('a group of ranks', () => {
  before(needsNative);

  let alone: Record<Norms, number[]>;
  before(async () => {
    await tf.setBackend('tensorflow');
    alone = {
      frozen: trainSmall(soloGroup(), 'frozen'),
      synchronized: trainSmall(soloGroup(), 'synchronized'),
    };
  });

  for (const { size, gpu } of [
    { size: 2, gpu: false },
    { size: 4, gpu: false },
    { size: 2, gpu: true },
  ]) {
    describe(`of ${size}, ${gpu ? "with TensorFlow's collectives" : 'in a ring'}`, () => {
      let told: Told[];
      let started: RankProcess[] = [];
      before(async () => {
        const place = await freePlace(size);
        started = place.addresses.map((_, rank) => startRank('train', { ...place, rank }, { gpu }));
        const ends = await Promise.all(started.map(({ ended }) => ended));
        ends.forEach(({ status, errors }) => expect(status, errors).to.equal(0));
        told = ends.map(({ lines }) => lines[0] as Told);
      });
      after(() => started.forEach(({ process }) => process.kill('SIGKILL')));

      for (const norms of ['frozen', 'synchronized'] as const) {
        it(`trains on ${32 / size} images each as one process on 32, with ${norms} norms`, () => {
          const [first, ...others] = told.map(({ trained }) => trained[norms]);
          expect(first!.length).to.equal(alone[norms].length);
          const worst = Math.max(...first!.map((value, i) => Math.abs(value - alone[norms][i]!)));
          expect(worst).to.be.at.most(1e-6);
          others.forEach((other) => expect(other).to.deep.equal(first));
        });
      }

      it('sums in both formats', () => {
        const sum = (size * (size + 1)) / 2;
        told.forEach(({ wires }) => expect(wires).to.deep.equal([sum, sum]));
      });

      it('keeps apart what several functions, traces and eager code reduce', () => {
        const grown = 2 * size + (size * (size - 1)) / 2;
        const expected = [2 * size, grown, 2 * size].map((sum) => [2 * sum, sum, 3 * sum, sum, sum]);
        told.forEach(({ several }) => expect(several).to.deep.equal(expected));
      });

      it('leaves no tensor behind', () => {
        told.forEach(({ before, after }) => expect(after).to.deep.equal(before));
      });

      it('stacks, gathers and broadcasts', () => {
        const ranks = Array.from({ length: size }, (_, rank) => rank);
        for (const { stack, gathered, flags } of told) {
          expect(stack).to.deep.equal(ranks.map((rank) => [rank, 7]));
          expect(gathered).to.deep.equal(ranks.map((rank) => ({ rank, text: 'é\n"' })));
          expect(flags).to.deep.equal([1, 0]);
        }
      });
    });
  }

  it('cannot be joined when TensorFlow is loaded', async () => {
    const place = { rank: 0, addresses: ['127.0.0.1:1', '127.0.0.1:2'] };
    let message = '';
    await joinGroup(place, { join: 1 }).catch((error: Error) => (message = error.message));
    expect(message).to.contain('TensorFlow').and.contain('loaded already');
  });
});
