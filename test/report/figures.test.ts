import { expect } from 'chai';
import sharp from 'sharp';
import { InvalidInput } from '../../src/errors.js';
import { lineChart, sanitySheet } from '../../src/report/index.js';

const axes = { x: 'share', y: 'probability' };

describe('lineChart', () => {
  it('is an SVG that a renderer reads, with a curve from corner to corner', async () => {
    const svg = lineChart('insertion', axes, [{ name: 'lafam', x: [0, 1], y: [0, 1] }]);
    expect(svg).to.include('points="52.0,276.0 404.0,40.0"');
    const { data, info } = await sharp(Buffer.from(svg))
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).to.deep.equal([610, 320]);
    const middle = (158 * info.width + 228) * 3;
    const [red, , blue] = data.subarray(middle, middle + 3);
    expect(blue! - red!).to.be.above(100); // white elsewhere
  });

  it('refuses values outside of the frame, and lines without points', () => {
    const chart = (x: number[], y: number[]) => () => lineChart('', axes, [{ name: 'a', x, y }]);
    expect(chart([0, 1], [0, NaN])).to.throw(InvalidInput, 'curve a');
    expect(chart([0], [1.5])).to.throw(InvalidInput, 'curve a');
    expect(chart([], [])).to.throw(InvalidInput, 'curve a');
  });
});

describe('sanitySheet', () => {
  it('has a row for each method and way, a column for each layer', async () => {
    const image = { pixels: new Uint8Array(4 * 4 * 3).fill(100), width: 4, height: 4 };
    const maps = { lafam: Float32Array.from({ length: 16 }, (_, index) => index) };
    const state = (randomization: 'none' | 'cascading', layer?: string) => ({
      file: 'a.png',
      state: layer ? { randomization, layer } : { randomization },
      maps,
    });
    const narrow = await sanitySheet(image, [state('none'), state('cascading', 'fc')]);
    const wide = await sanitySheet(image, [
      state('none'),
      state('cascading', 'fc'),
      state('cascading', 'conv'),
    ]);
    expect(wide.width - narrow.width).to.equal(134);
    expect(wide.height).to.equal(narrow.height);
  });
});
