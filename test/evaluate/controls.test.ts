import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { cpuBackend } from '../backend.js';
import { controls } from '../../src/evaluate/index.js';

const target = () => tf.tensor1d([0, 0], 'int32');

async function mapsOf(name: string, seed: number, files: string[]): Promise<number[][][]> {
  const images = tf.zeros<tf.Rank.R4>([files.length, 28, 28, 3]);
  const method = controls(seed).find((control) => control.name === name)!;
  return (await method.run(images, target(), files)).arraySync();
}

describe('controls', () => {
  before(cpuBackend);

  it('are random pixels, coarse random cells and a Gaussian in the middle', () => {
    expect(controls(0).map(({ name }) => name)).to.deep.equal(['random', 'random-coarse', 'center-gaussian']);
  });

  for (const name of ['random', 'random-coarse']) {
    it(`${name}: depends on the image's name and the seed, not on its place`, async () => {
      const [a, b] = await mapsOf(name, 1, ['a.jpg', 'b.jpg']);
      const [again] = await mapsOf(name, 1, ['b.jpg', 'x.jpg']);
      const [other] = await mapsOf(name, 2, ['a.jpg', 'b.jpg']);
      expect(again).to.deep.equal(b);
      expect(a).to.not.deep.equal(b);
      expect(other).to.not.deep.equal(a);
    });
  }

  it('center-gaussian: largest in the middle, the same when mirrored', async () => {
    const [map] = await mapsOf('center-gaussian', 0, ['a.jpg']);
    const largest = Math.max(...map!.flat());
    expect(map![13]![13]).to.equal(largest);
    expect(map![0]![0]).to.be.below(map![0]![14]!);
    map!.forEach((row) => expect(row).to.deep.equal([...row].reverse()));
    // One deviation, a quarter of the side, from the middle: exp(−1/2) along one axis.
    expect(map![13]![20]! / map![13]![13]!).to.be.closeTo(Math.exp((-(6.5 ** 2) + 0.5 ** 2) / 98), 1e-6);
  });
});
