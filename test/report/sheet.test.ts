import { expect } from 'chai';
import {
  decodePicture,
  ellipsize,
  encodePng,
  fit,
  sheet,
  textSvg,
  textWidth,
  type Picture,
} from '../../src/report/index.js';

const red = (width: number, height: number): Picture => ({
  pixels: Uint8Array.from({ length: width * height * 3 }, (_, at) => (at % 3 === 0 ? 255 : 0)),
  width,
  height,
});
const at = ({ pixels, width }: Picture, x: number, y: number) => [
  ...pixels.slice((y * width + x) * 3).slice(0, 3),
];
const count = ({ pixels }: Picture, is: (red: number, green: number) => boolean) =>
  Array.from({ length: pixels.length / 3 }, (_, pixel) =>
    is(pixels[pixel * 3]!, pixels[pixel * 3 + 1]!),
  ).filter(Boolean).length;

describe('pictures', () => {
  it('a PNG gives back the pixels', async () => {
    const picture = { pixels: Uint8Array.of(1, 2, 3, 4, 5, 6), width: 2, height: 1 };
    const png = await encodePng(picture);
    expect(png.subarray(1, 4).toString()).to.equal('PNG');
    expect(await decodePicture(png)).to.deep.equal(picture);
  });

  it('fit keeps the aspect ratio and centers', async () => {
    const fitted = await fit(red(10, 20), 40, 40);
    expect([at(fitted, 5, 20), at(fitted, 20, 20), at(fitted, 35, 20)]).to.deep.equal([
      [255, 255, 255],
      [255, 0, 0],
      [255, 255, 255],
    ]);
  });
});

describe('text from the built-in font', () => {
  it('has a glyph for all of printable ASCII, and a box for what it lacks', () => {
    const ascii = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index));
    const box = textSvg('日', { x: 0, y: 0 }, 20);
    expect(ascii.filter((character) => textSvg(character, { x: 0, y: 0 }, 20) === box)).to.deep.equal([]);
    expect(textSvg('é', { x: 0, y: 0 }, 20)).to.equal(textSvg('e', { x: 0, y: 0 }, 20));
  });

  it('its width grows with text and size; ellipsize cuts what does not fit', () => {
    expect(textWidth('aa', 20)).to.be.greaterThan(2 * textWidth('a', 20));
    expect(textWidth('abc', 40)).to.equal(2 * textWidth('abc', 20));
    expect(ellipsize('short', 20, 500)).to.equal('short');
    const cut = ellipsize('much too long a caption', 20, 100);
    expect(cut).to.match(/^much.*…$/);
    expect(textWidth(cut, 20)).to.be.at.most(100);
  });
});

describe('sheet', () => {
  it('puts every picture into its cell, unchanged, and writes captions', async () => {
    const cell = { width: 40, height: 40 };
    const cells = [
      [red(40, 40), undefined],
      [undefined, red(40, 40)],
    ];
    const bare = await sheet({ cells, cell });
    expect(count(bare, (r, g) => r === 255 && g === 0)).to.equal(2 * 40 * 40);
    expect(count(bare, (r, g) => r < 128 && g < 128)).to.equal(0);

    const captioned = await sheet({
      cells,
      cell,
      columns: ['ab', 'cd'],
      rows: ['one', 'two'],
      title: 'Title',
    });
    expect(count(captioned, (r, g) => r === 255 && g === 0)).to.equal(2 * 40 * 40);
    expect(count(captioned, (r, g) => r < 128 && g < 128)).to.be.greaterThan(50);
    expect(captioned.width).to.be.greaterThan(bare.width);
    expect(captioned.height).to.be.greaterThan(bare.height);
  });

  it('keeps the aspect ratio of a picture of another size', async () => {
    const drawn = await sheet({ cells: [[red(10, 20)]], cell: { width: 40, height: 40 } });
    const pure = count(drawn, (r, g) => r === 255 && g === 0);
    expect(pure).to.be.within(16 * 40, 20 * 40);
  });

  it('refuses captions that do not match the cells', async () => {
    const failure = await sheet({
      cells: [[red(1, 1)]],
      columns: ['a', 'b'],
      cell: { width: 1, height: 1 },
    }).catch((error: Error) => error.message);
    expect(failure).to.equal('columns: expected 1 captions, found 2');
    const empty = await sheet({ cells: [], cell: { width: 1, height: 1 } }).catch(
      (error: Error) => error.message,
    );
    expect(empty).to.match(/^cells: expected at least one picture/);
  });
});
