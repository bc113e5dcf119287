import { execFileSync } from 'node:child_process';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import sharp from 'sharp';
import { readImage, type CropSpec } from '../../src/data/index.js';
import { random } from '../../src/random.js';
import { errorOf, grayPng, inFolder, noisyJpeg, plain } from './folder.js';

const whole = (size: number): CropSpec => ({ crop: 'whole', size });

/** Reads one file with a view. */
async function read(content: Uint8Array | string, view: CropSpec, name = 'x.png'): Promise<Uint8Array> {
  let pixels: Uint8Array = new Uint8Array();
  await inFolder({ [name]: content }, async (dir) => {
    pixels = (await readImage(join(dir, name), view)).pixels;
  });
  return pixels;
}

/** The red channel in rows. */
function red(pixels: Uint8Array, size: number): number[][] {
  return Array.from({ length: size }, (_, y) => Array.from({ length: size }, (_, x) => pixels[(y * size + x) * 3]!));
}

function expectColor(pixels: Uint8Array, color: number[], tolerance: number): void {
  // One assertion: 150,000 of chai's take seconds.
  const distances = pixels.map((value, at) => Math.abs(value - color[at % 3]!));
  expect(distances.reduce((most, distance) => Math.max(most, distance), 0)).to.be.at.most(tolerance);
}

describe('readImage', () => {
  it('leaves the pixels of an image alone that has the right size', async () => {
    const rows = [[0, 10, 20], [30, 40, 50], [60, 70, 255]]; // prettier-ignore
    const png = await grayPng(rows);
    expect(red(await read(png, { crop: 'center', resize: 3, size: 3 }), 3)).to.deep.equal(rows);
    expect(red(await read(png, whole(3)), 3)).to.deep.equal(rows);
  });

  it('cuts the middle', async () => {
    const png = await grayPng([[1, 2, 3, 4, 5, 6], [11, 12, 13, 14, 15, 16], [21, 22, 23, 24, 25, 26], [0, 0, 0, 0, 0, 0]]); // prettier-ignore
    const pixels = await read(png, { crop: 'center', resize: 4, size: 2 });
    expect(red(pixels, 2)).to.deep.equal([
      [13, 14],
      [23, 24],
    ]);
  });

  it('enlarges with half-pixel centers, as Pillow does', async () => {
    const ramp = Array.from({ length: 4 }, () => [0, 20, 40, 60]);
    const row = red(await read(await grayPng(ramp), whole(8)), 8)[3];
    expect(row).to.deep.equal([0, 5, 15, 25, 35, 45, 55, 60]);
  });

  it('shrinks with antialiasing: a fine pattern becomes its mean', async () => {
    const stripes = Array.from({ length: 32 }, () => Array.from({ length: 32 }, (_, x) => (x % 2) * 200));
    const middle = red(await read(await grayPng(stripes), whole(8)), 8)[4]!.slice(1, 7);
    for (const value of middle) expect(value).to.be.closeTo(100, 12);
  });

  it('agrees with Pillow on a photograph-like image, smaller and larger', async () => {
    // Pillow 13: Image.fromarray(uint8 (7·x² + 5·y·x + 3·y) % 256 / 8 + 4·x, 40 × 30).resize(side, BILINEAR)
    const wave = Array.from({ length: 30 }, (_, y) =>
      Array.from({ length: 40 }, (_, x) => Math.floor(((7 * x * x + 5 * y * x + 3 * y) % 256) / 8) + 4 * x),
    );
    const png = await grayPng(wave);
    const small = red(await read(png, whole(20)), 20);
    const large = red(await read(png, whole(60)), 60);
    const near = (found: number[], expected: number[]): void =>
      expected.forEach((value, at) => expect(found[at]).to.be.closeTo(value, 2));
    near(small[7]!, SMALL);
    near(large[29]!, LARGE);
  });

  it('turns the image upright before it takes a crop', async () => {
    // stored: left half black, right half white, to be turned by 90 degrees clockwise: black above, white below
    const stored = await sharp(await grayPng([[0, 0, 255, 255], [0, 0, 255, 255]])).withMetadata({ orientation: 6 }).png().toBuffer(); // prettier-ignore
    expect(red(await read(stored, { crop: 'center', resize: 2, size: 2 }), 2)).to.deep.equal([[0, 0], [255, 255]]); // prettier-ignore
    await inFolder({ 'x.png': stored }, async (dir) => {
      const { crop } = await readImage(join(dir, 'x.png'), whole(4));
      expect(crop).to.deep.equal({ left: 0, top: 0, width: 2, height: 4, flipped: false });
      const lower = await readImage(
        join(dir, 'x.png'),
        { crop: 'random-resized', size: 1, scale: [0.25, 0.25], ratio: [2, 2], flip: 0 },
        Object.assign(() => 0.999, { state: () => 0 }),
      );
      expect(lower.crop).to.deep.equal({ left: 0, top: 3, width: 2, height: 1, flipped: false });
      expect([...lower.pixels]).to.deep.equal([255, 255, 255]);
    });
  });

  it('mirrors a crop, also one that it enlarges', async () => {
    const png = await grayPng([[0, 80], [0, 80]]); // prettier-ignore
    const same: CropSpec = { crop: 'resize-crop', resize: 2, size: 2, flip: 1 };
    expect(red(await read(png, same), 2)[0]).to.deep.equal([80, 0]);
    const twice: CropSpec = { crop: 'random-resized', size: 4, scale: [1, 1], ratio: [1, 1], flip: 1 };
    expect(red(await read(png, twice), 4)[0]).to.deep.equal([80, 60, 20, 0]);
  });

  it('gives the pixels of the crop that it reports', async () => {
    const size = 40;
    const rows = Array.from({ length: size }, (_, y) => Array.from({ length: size }, (_, x) => 2 * x + 3 * y));
    await inFolder({ 'x.png': await grayPng(rows) }, async (dir) => {
      for (let seed = 0; seed < 20; seed++) {
        const view: CropSpec = { crop: 'random-resized', size: 16 };
        const { pixels, crop } = await readImage(join(dir, 'x.png'), view, random(seed));
        const x = crop.left + ((crop.flipped ? 16 - 5.5 : 5.5) / 16) * crop.width - 0.5; // middle of pixel 5
        const y = crop.top + (8.5 / 16) * crop.height - 0.5;
        expect(red(pixels, 16)[8]![5]).to.be.closeTo(2 * x + 3 * y, 2);
      }
    });
  });

  const color: [number, number, number] = [200, 30, 40];
  const kinds: [string, () => Promise<Buffer>, number[], number][] = [
    ['JPEG', () => plain(30, 20, color).jpeg().toBuffer(), color, 2],
    ['PNG with a palette', () => plain(30, 20, color).png({ palette: true }).toBuffer(), color, 0],
    ['16-bit PNG', () => plain(30, 20, color).toColourspace('rgb16').png().toBuffer(), color, 1],
    ['16-bit gray PNG', () => plain(30, 20, [90, 90, 90]).toColourspace('gray16').png().toBuffer(), [90, 90, 90], 1],
    ['WebP', () => plain(30, 20, color).webp().toBuffer(), color, 4],
    ['AVIF', () => plain(30, 20, color).avif().toBuffer(), color, 4],
    ['TIFF', () => plain(30, 20, color).tiff({ compression: 'lzw' }).toBuffer(), color, 1],
    ['gray JPEG', () => plain(30, 20, [90, 90, 90]).grayscale().jpeg().toBuffer(), [90, 90, 90], 1],
    ['CMYK JPEG', () => plain(30, 20, color).toColourspace('cmyk').jpeg().toBuffer(), color, 30],
    ['1×1 PNG', () => plain(1, 1, color).png().toBuffer(), color, 0],
    ['animated WebP', animation, [255, 0, 0], 1],
    ['PNG with alpha', () => transparent(color), color, 0],
  ];
  for (const [kind, make, expected, tolerance] of kinds)
    it(`makes RGB of this kind: ${kind}`, async () => {
      const pixels = await read(await make(), { crop: 'center', resize: 24, size: 16 });
      expect(pixels).to.have.length(16 * 16 * 3);
      expectColor(pixels, expected, tolerance);
    });

  it('reads a panorama 12,000 pixels wide', async () => {
    const panorama = await plain(12000, 400, color).jpeg().toBuffer();
    expectColor(await read(panorama, { crop: 'center', resize: 256, size: 224 }, 'x.jpg'), color, 2);
  });

  const broken: [string, () => Promise<Uint8Array | string>, string][] = [
    ['a text file called .jpg', () => Promise.resolve('not at all an image'), 'is not an image'],
    ['an empty file', () => Promise.resolve(''), 'is empty'],
    ['a drawing', () => Promise.resolve('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), 'is of the format svg'],
    ['a JPEG without its end', async () => (await noisyJpeg()).subarray(0, -200), 'is damaged: its end is missing'],
    ['half a JPEG', async () => cut(await noisyJpeg()), 'is damaged: its end is missing'],
    ['half a PNG', async () => cut(await sharp(await noisyJpeg()).png().toBuffer()), 'is damaged: its end is missing'],
    ['half a WebP', async () => cut(await sharp(await noisyJpeg()).webp().toBuffer()), 'cannot be decoded'],
    ['half an AVIF', async () => cut(await sharp(await noisyJpeg()).avif().toBuffer()), 'cannot be decoded'],
    ['half a TIFF', async () => cut(await sharp(await noisyJpeg()).tiff().toBuffer()), ''],
    ['a PNG with a hole', async () => holed(await sharp(await noisyJpeg()).png().toBuffer()), 'cannot be decoded'],
  ];
  for (const [what, make, reason] of broken)
    it(`names ${what}`, async () => {
      await inFolder({ 'x.jpg': await make() }, async (dir) => {
        // the upper part alone would decode well
        const top: CropSpec = { crop: 'whole', size: 32 };
        const error = await errorOf(readImage(join(dir, 'x.jpg'), top));
        expect(error.name).to.equal('Failure');
        expect(error.message).to.contain(`${join(dir, 'x.jpg')}: ${reason}`);
        expect(error.message).not.to.contain('\n');
      });
    });

  it('names a file that is missing, a folder, a link in a circle, and one without permission', async () => {
    await inFolder({ 'folder.jpg/a.png': '', 'secret.jpg': await noisyJpeg() }, async (dir) => {
      const messageOf = async (name: string): Promise<string> =>
        (await errorOf(readImage(join(dir, name), whole(8)))).message;
      await symlink(join(dir, 'circle.jpg'), join(dir, 'circle.jpg'));
      expect(await messageOf('none.jpg')).to.match(/none\.jpg: is missing$/);
      expect(await messageOf('folder.jpg')).to.match(/folder\.jpg: is a folder$/);
      expect(await messageOf('circle.jpg')).to.match(/circle\.jpg: cannot be read: too many symbolic links encountered \(ELOOP\)$/);
    });
  });

  it('does not wait for a pipe, nor read a device that never ends', () =>
    inFolder({}, async (dir) => {
      execFileSync('mkfifo', [join(dir, 'pipe.jpg')]);
      await symlink('/dev/zero', join(dir, 'zero.jpg'));
      for (const name of ['pipe.jpg', 'zero.jpg']) {
        const error = await errorOf(readImage(join(dir, name), whole(4)));
        expect(error.message).to.equal(`${join(dir, name)}: is a pipe, a socket or a device, not a file`);
      }
    }));

  it('names a file without read permission', async function () {
    if (process.geteuid?.() !== 0) this.skip(); // only root can put its rights aside and take them back
    const { chmod } = await import('node:fs/promises');
    await inFolder({ 'secret.jpg': await noisyJpeg() }, async (dir) => {
      await chmod(dir, 0o755);
      await chmod(join(dir, 'secret.jpg'), 0o000);
      process.seteuid!(65534);
      const error = await errorOf(readImage(join(dir, 'secret.jpg'), whole(8))).finally(() => process.seteuid!(0));
      expect(error.message).to.match(/secret\.jpg: may not be read \(no permission\)$/);
    });
  });
});

function cut(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.length / 2);
}

function holed(bytes: Buffer): Buffer {
  return Buffer.concat([bytes]).fill(0, bytes.length >> 2, bytes.length >> 1);
}

async function animation(): Promise<Buffer> {
  const frames = [plain(30, 20, [255, 0, 0]), plain(30, 20, [0, 0, 255])];
  const pngs = await Promise.all(frames.map((frame) => frame.png().toBuffer()));
  const webp = await sharp(pngs, { join: { animated: true } }).webp({ lossless: true }).toBuffer();
  expect((await sharp(webp).metadata()).pages).to.equal(2);
  return webp;
}

/** Wholly transparent, with a color all the same. */
function transparent([r, g, b]: [number, number, number]): Promise<Buffer> {
  return sharp({ create: { width: 30, height: 20, channels: 4, background: { r, g, b, alpha: 0 } } })
    .png()
    .toBuffer();
}
const SMALL = [12, 25, 36, 45, 48, 56, 67, 72, 82, 90, 97, 101, 108, 121, 129, 132, 143, 149, 160, 166]; // prettier-ignore
const LARGE = [5, 12, 21, 31, 27, 23, 36, 33, 31, 46, 46, 41, 37, 46, 57, 60, 62, 61, 62, 63, 65, 68, 73, 77, 83, 85, 87, 95, 92, 89, 98, 106, 109, 105, 111, 116, 115, 111, 109, 121, 122, 120, 124, 124, 127, 143, 149, 151, 153, 157, 157, 146, 148, 153, 155, 162, 167, 161, 163, 167]; // prettier-ignore
