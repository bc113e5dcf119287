import { expect } from 'chai';
import {
  COLORMAPS,
  colorBar,
  colorTable,
  maskPicture,
  overlay,
  resizeBilinear,
  unitRange,
  type HostMap,
} from '../../src/report/index.js';

const map = (values: number[], width: number, height: number): HostMap => ({
  values: Float32Array.from(values),
  width,
  height,
});
const gray = (level: number, width: number, height: number) => ({
  pixels: new Uint8Array(width * height * 3).fill(level),
  width,
  height,
});

describe('color maps', () => {
  it('begin and end at their published colors', () => {
    const ends = COLORMAPS.map((name) => [...colorTable(name).slice(0, 3), ...colorTable(name).slice(-3)]);
    expect(ends).to.deep.equal([
      [0x30, 0x12, 0x3b, 0x7a, 0x04, 0x03], // turbo
      [0x44, 0x01, 0x54, 0xfd, 0xe7, 0x25], // viridis
      [0, 0, 0x80, 0x80, 0, 0], // jet
    ]);
  });

  it('viridis gets lighter from level to level, as a perceptual map must', () => {
    const table = colorTable('viridis');
    const light = Array.from({ length: 256 }, (_, level) => {
      const [red, green, blue] = table.subarray(level * 3, level * 3 + 3);
      return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
    });
    expect(light.every((value, level) => level < 16 || value > light[level - 16]!)).to.equal(true);
  });

  it('the color bar runs from left to right', () => {
    const bar = colorBar('jet', 256, 2);
    expect([...bar.pixels]).to.deep.equal([...colorTable('jet'), ...colorTable('jet')]);
  });
});

describe('maps on the host', () => {
  it('bilinear resizing has half-pixel centers and repeats the edge', () => {
    expect([...resizeBilinear(map([0, 1], 2, 1), 4, 1).values]).to.deep.equal([0, 0.25, 0.75, 1]);
    const square = resizeBilinear(map([0, 1, 2, 3], 2, 2), 4, 4).values;
    expect([...square.subarray(4, 8)]).to.deep.equal([0.5, 0.75, 1.25, 1.5]);
  });

  it('min-max reaches 0 and 1; a constant map becomes 0', () => {
    expect([...unitRange(Float32Array.of(-2, 0, 2))]).to.deep.equal([0, 0.5, 1]);
    expect([...unitRange(Float32Array.of(3, 3))]).to.deep.equal([0, 0]);
    expect(() => unitRange(Float32Array.of(1, NaN))).to.throw('map: expected finite values, found NaN');
  });
});

describe('overlay', () => {
  const top = [...colorTable('jet').slice(-3)];

  it('mixes image and color by the opacity', () => {
    const one = map([1], 1, 1);
    expect([...overlay(gray(100, 1, 1), one, { colormap: 'jet', opacity: 0 }).pixels]).to.deep.equal([
      100, 100, 100,
    ]);
    expect([...overlay(gray(100, 1, 1), one, { colormap: 'jet', opacity: 1 }).pixels]).to.deep.equal(top);
    expect([...overlay(gray(100, 1, 1), one, { colormap: 'jet', opacity: 0.25 }).pixels]).to.deep.equal([
      107, 75, 75,
    ]);
  });

  it('brings a map of another resolution and shape to the image', () => {
    const shown = overlay(gray(0, 6, 3), map([0, 1], 2, 1), { colormap: 'jet', opacity: 1 });
    expect([shown.width, shown.height]).to.deep.equal([6, 3]);
    expect([...shown.pixels.subarray(0, 3)]).to.deep.equal([...colorTable('jet').slice(0, 3)]);
    expect([...shown.pixels.subarray(-3)]).to.deep.equal(top);
  });

  it('leaves its inputs as they were', () => {
    const image = gray(9, 2, 2);
    overlay(image, map([0, 1, 0, 1], 2, 2));
    expect([...image.pixels]).to.deep.equal(Array.from({ length: 12 }, () => 9));
  });

  it('refuses maps outside [0, 1], wrong sizes and opacities', () => {
    expect(() => overlay(gray(0, 1, 1), map([1.5], 1, 1))).to.throw(
      'map: expected values from 0 to 1, found 1.5',
    );
    expect(() => overlay(gray(0, 1, 1), map([NaN], 1, 1))).to.throw('found NaN');
    expect(() => overlay(gray(0, 1, 1), map([0], 2, 1))).to.throw('2 × 1 values');
    expect(() => overlay(gray(0, 1, 1), map([0], 1, 1), { opacity: 2 })).to.throw('opacity');
    expect(() => overlay({ pixels: new Uint8Array(2), width: 1, height: 1 }, map([0], 1, 1))).to.throw(
      'image',
    );
  });
});

describe('maskPicture', () => {
  it('is white where the mask is 1', () => {
    expect([...maskPicture(Uint8Array.of(1, 0), 2, 1).pixels]).to.deep.equal([255, 255, 255, 0, 0, 0]);
    expect(() => maskPicture(Uint8Array.of(2), 1, 1)).to.throw('mask');
    expect(() => maskPicture(Uint8Array.of(1, 1), 1, 1)).to.throw('1 × 1 values');
  });
});
