import { expect } from 'chai';
import { buckets } from '../../src/distributed/buckets.js';
import { collectiveKeys } from '../../src/distributed/keys.js';
import { needsNative } from '../backend.js';

describe('buckets', () => {
  const sizes = (result: ReturnType<typeof buckets>): number[][] =>
    result.map((pieces) => pieces.map(({ size }) => size));

  it('are filled from the last tensor on', () => {
    const result = buckets([5, 1, 2, 3, 4], 10);
    expect(result.map((pieces) => pieces.map(({ tensor }) => tensor))).to.deep.equal([[4, 3, 2, 1], [0]]);
    expect(buckets([1, 2, 2, 2, 1], 4).map((pieces) => pieces.length)).to.deep.equal([1, 1, 1, 2]);
    expect(sizes(buckets([1, 1, 1, 1, 1, 1], 3))).to.deep.equal([
      [1, 1, 1],
      [1, 1, 1],
    ]);
  });

  it('leave what is half of one, or more, by itself', () => {
    expect(sizes(buckets([3, 10, 4, 39, 5], 10))).to.deep.equal([[5], [39], [10], [4, 3]]);
  });

  it('cut what is as large as four of them, at places where TensorFlow need not copy', () => {
    expect(buckets([100], 20)).to.deep.equal([
      [{ tensor: 0, begin: 0, size: 64 }],
      [{ tensor: 0, begin: 64, size: 36 }],
    ]);
  });

  it('hold no empty tensor', () => {
    expect(buckets([0, 0], 4)).to.deep.equal([]);
    expect(sizes(buckets([0, 2], 4))).to.deep.equal([[2]]);
  });
});

describe('keys of collective operations', () => {
  before(needsNative);

  it('are the same for the same purpose, and others for others', () => {
    const [here, there] = [collectiveKeys(), collectiveKeys()];
    const purposes = Array.from({ length: 2000 }, (_, i) => `mean float32 ${i}`);
    const keys = purposes.map((purpose) => here(purpose));
    expect(new Set(keys).size).to.equal(2000);
    expect(purposes.map((purpose) => there(purpose))).to.deep.equal(keys);
    keys.forEach((key) => expect(key).to.be.within(1, 2 ** 31 - 1));
  });
});
