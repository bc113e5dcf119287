import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import sharp from 'sharp';
import { loadFont } from '../../src/report/font.js';
import { ellipsize, textSvg, textWidth } from '../../src/report/text.js';
import { decodePicture, encodePng, fit, sheet, type Picture } from '../../src/report/index.js';

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

describe('text in pictures', () => {
  /** How many pixels of a drawn text are dark, and which. */
  const ink = async (text: string): Promise<string> => {
    await loadFont();
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="60" height="30">${textSvg(text, { x: 5, y: 22 }, 20)}</svg>`;
    const pixels = await sharp(Buffer.from(svg)).flatten({ background: 'white' }).raw().toBuffer();
    return pixels.toString('base64');
  };

  it('has a glyph of its own for each letter of Latin with accents, Greek and Cyrillic', async () => {
    const letters = [...'éłßåñçøžşığ', ...'αβγδέώΩ', ...'абвгдёйщъыюяіїґ', '→', '✓', '×', '…'];
    const drawn = await Promise.all(letters.map(ink));
    expect(new Set(drawn).size).to.equal(letters.length);
    expect(drawn).to.not.include(await ink(' '));
  });

  it('draws something for a script that the font lacks, and survives what SVG does not allow', async () => {
    expect(await ink('衣')).to.not.equal(await ink(' '));
    for (const text of ['<b>&"', "'", 'a\u0000b', '\u0007', 'a\nb'])
      expect(await ink(text), text).to.not.equal(await ink(' '));
    expect(await ellipsize('a\u0000<b>&', 20, 500)).to.equal('a\u0000<b>&');
  });

  it('takes lines of any length, and what has no ink', async () => {
    expect(await ellipsize('x'.repeat(100_000), 20, 100)).to.match(/^x{5,12}…$/);
    for (const empty of ['', ' ', '\u200b', '\u00a0\ufeff\t']) expect(await textWidth(empty, 20)).to.equal(0);
  });

  it('its width grows with text and size; ellipsize cuts what does not fit', async () => {
    expect(await textWidth('aaaa', 20)).to.be.greaterThan(3 * (await textWidth('a', 20)));
    expect(await textWidth('abc', 40)).to.be.closeTo(2 * (await textWidth('abc', 20)), 2);
    expect([await textWidth('', 20), await textWidth(' ', 20)]).to.deep.equal([0, 0]);
    expect(await ellipsize('short', 20, 500)).to.equal('short');
    const cut = await ellipsize('much too long a caption', 20, 100);
    expect(cut).to.match(/^much.*…$/);
    expect(await textWidth(cut, 20)).to.be.at.most(100);
    expect(await ellipsize('Röcke', 20, 1)).to.equal('…');
  });

  it('needs no font of the system', async () => {
    // A process of its own: fontconfig reads its configuration once.
    const script = `
      import { createHash } from 'node:crypto';
      import { sheet } from './src/report/index.ts';
      const cell = { pixels: new Uint8Array(40 * 40 * 3).fill(255), width: 40, height: 40 };
      const { pixels } = await sheet({ cells: [[cell]], cell, rows: ['Röcke Юбка φ'], title: 'ñ' });
      console.log(pixels.filter((value) => value < 128).length, createHash('sha256').update(pixels).digest('hex'));`;
    const env = { ...process.env, FONTCONFIG_FILE: resolve('test/report/no-fonts.conf') };
    const run = promisify(execFile);
    const { stdout, stderr } = await run(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { env }); // prettier-ignore
    expect(Number(stdout.split(' ')[0])).to.be.above(300);
    expect(stderr).to.not.match(/[Ff]ontconfig/);
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
