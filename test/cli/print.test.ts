import { expect } from 'chai';
import { stepsTable } from '../../src/cli/bench-tables.js';
import { fitted } from '../../src/cli/print.js';
import { firstFew } from '../../src/text/format.js';

describe('tables', () => {
  it('do not wrap in a terminal, and are whole elsewhere', () => {
    expect(fitted(['12345', '123456'], { isTTY: true, columns: 5 })).to.deep.equal(['12345', '1234…']);
    expect(fitted(['123456'], { columns: 5 })).to.deep.equal(['123456']);
    expect(fitted(['123456'], {})).to.deep.equal(['123456']);
  });

  it('name what has decoded', () => {
    const timing = {
      ...{ what: 'data', msPerImage: 1, imagesPerSecond: 1000, msPerImageMedian: 1, firstCallMs: 9 },
      ...{
        peakMemoryMB: 100,
        backend: 'libjpeg-turbo',
        device: 'cpu',
        batch: 16,
        size: 224,
        precision: 'uint8',
      },
    };
    expect(stepsTable([timing])[0]).to.equal('decoding, batch 16, 224 px, uint8, libjpeg-turbo on cpu');
  });

  it('name the first of many classes', () => {
    expect(firstFew(['a', 'b', 'c', 'd'], 2)).to.equal('a, b and 2 more');
    expect(firstFew(['a', 'b', 'c'], 2)).to.equal('a, b, c');
  });
});
