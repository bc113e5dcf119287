import { expect } from 'chai';
import sharp from 'sharp';
import { lineChart, sanitySheet, svgFile } from '../../src/report/index.js';

describe('lineChart', () => {
  const share = { xRange: [0, 1], range: [0, 1] } as const;

  it('is an SVG that a renderer reads, with a curve from corner to corner', async () => {
    const svg = lineChart([{ name: 'lafam', points: [[0, 0], [1, 1]] }], share)!; // prettier-ignore
    expect(svg).to.include('points="54.0,190.0 406.0,12.0"');
    const { data, info } = await sharp(Buffer.from(svgFile(svg)))
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).to.deep.equal([420, 220]);
    const middle = (101 * info.width + 230) * 3;
    const [red, , blue] = data.subarray(middle, middle + 3);
    expect(blue! - red!).to.be.above(100); // white elsewhere
  });

  it('names two series and more, as many in a line as fit, dashed after eight', () => {
    const series = (count: number) =>
      Array.from({ length: count }, (_, at) => ({ name: `method <${at}>`, points: [[0, at], [1, at]] as [number, number][] })); // prettier-ignore
    const names = (svg: string) => svg.match(/method &lt;\d+&gt;<\/text>/g) ?? [];
    expect(names(lineChart(series(1))!)).to.have.length(0);
    const many = lineChart(series(10), { title: 'a & b', yName: 'probability', markers: false })!;
    expect(names(many)).to.have.length(10);
    expect(many)
      .to.include('>a &amp; b</text>')
      .and.to.include('>probability</text>')
      .and.not.include('<circle');
    expect(many.match(/<polyline[^>]*dasharray/g)).to.have.length(2);
    const height = (svg: string) => Number(/ height="(\d+)"/.exec(svg)![1]);
    expect(height(many)).to.be.above(height(lineChart(series(2))!) + 2 * 16);
  });

  it('has ticks at shares where the range of x is given, and else at whole numbers', () => {
    const ticksOf = (svg: string) =>
      [...svg.matchAll(/text-anchor="middle">([^<]+)</g)].map(([, tick]) => tick);
    const points = [[0, 0], [1, 1]] as [number, number][]; // prettier-ignore
    expect(ticksOf(lineChart([{ name: 'a', points }], share)!)).to.deep.equal([
      '0',
      '0.2',
      '0.4',
      '0.6',
      '0.8',
      '1',
    ]);
    expect(ticksOf(lineChart([{ name: 'a', points }])!)).to.deep.equal(['0', '1']);
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
