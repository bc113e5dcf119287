import { expect } from 'chai';
import { colorTable, overlayPart, type Picture } from '../../src/report/index.js';

const white = (width: number, height: number): Picture => ({
  pixels: new Uint8Array(width * height * 3).fill(255),
  width,
  height,
});
const pixel = ({ pixels, width }: Picture, x: number, y: number): number[] =>
  Array.from(pixels.subarray((y * width + x) * 3, (y * width + x) * 3 + 3));
const color = (value: number): number[] => {
  const at = Math.round(value * 255) * 3;
  return Array.from(colorTable('turbo').subarray(at, at + 3));
};

describe('overlayPart', () => {
  it('lays the map on its part and leaves the rest as it is', () => {
    const map = { values: Float32Array.of(0, 1), width: 2, height: 1 };
    const drawn = overlayPart(white(6, 1), map, { left: 1, top: 0, width: 4, height: 1 }, { opacity: 1 });
    // Half-pixel centers: the four pixels lie at −0.25 (kept at 0), 0.25, 0.75 and 1.25 (kept at 1) of the map.
    expect(Array.from({ length: 6 }, (_, x) => pixel(drawn, x, 0))).to.deep.equal([
      [255, 255, 255],
      color(0),
      color(0.25),
      color(0.75),
      color(1),
      [255, 255, 255],
    ]);
  });

  it('takes the pixels whose centers lie in a fractional part, and no pixel outside of the image', () => {
    const map = { values: Float32Array.of(1), width: 1, height: 1 };
    const drawn = overlayPart(
      white(4, 3),
      map,
      { left: 1.4, top: -0.5, width: 1.2, height: 2.4 },
      { opacity: 1 },
    );
    const colored = [0, 1, 2].map((y) => [0, 1, 2, 3].map((x) => pixel(drawn, x, y)[0] !== 255));
    expect(colored).to.deep.equal([
      [false, true, true, false],
      [false, true, true, false],
      [false, false, false, false],
    ]);
  });

  it('mixes by opacity and does not change the image', () => {
    const image = white(1, 1);
    const map = { values: Float32Array.of(1), width: 1, height: 1 };
    const drawn = overlayPart(image, map, { left: 0, top: 0, width: 1, height: 1 }, { opacity: 0.25 });
    expect(pixel(drawn, 0, 0)).to.deep.equal(color(1).map((value) => Math.round(255 * 0.75 + value * 0.25)));
    expect(pixel(image, 0, 0)).to.deep.equal([255, 255, 255]);
  });

  it('refuses values outside of [0, 1]', () => {
    const map = (value: number) => ({ values: Float32Array.of(value), width: 1, height: 1 });
    for (const wrong of [-0.1, 1.1, NaN]) {
      expect(() => overlayPart(white(1, 1), map(wrong), { left: 0, top: 0, width: 1, height: 1 })).to.throw(
        /^map: expected values from 0 to 1/,
      );
    }
  });
});
