import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import sharp, { type Sharp } from 'sharp';
import { readImage, type Interpolation, type CropSpec } from '../../src/data/index.js';
import { reductionFor } from '../../src/data/decode-jpeg.js';
import { probeImage } from '../../src/data/probe.js';
import { random } from '../../src/random.js';
import { jpegDecoder, type JpegDecoder, type JpegPlan } from '../../src/data/jpeg/index.js';
import { errorOf, inFolder, noisyJpeg, plain } from './folder.js';
import { progressiveJpeg } from './many-scans.js';

type JpegOptions = Parameters<Sharp['jpeg']>[0];

const photograph = 'data/clothing/train/shoes/004.jpg'; // 256 × 192, progressive, 4:2:0;

function decoder(): JpegDecoder {
  const found = jpegDecoder();
  if (!found) throw new Error('the JPEG decoder is not built');
  return found;
}

/** Reads a file with sharp alone. */
async function withSharp<T>(read: () => Promise<T>): Promise<T> {
  process.env['CAMTUNE_JPEG'] = 'sharp';
  try {
    return await read();
  } finally {
    delete process.env['CAMTUNE_JPEG'];
  }
}

function difference(a: Uint8Array, b: Uint8Array): { mean: number; largest: number } {
  expect(a).to.have.length(b.length);
  let sum = 0;
  let largest = 0;
  a.forEach((value, at) => {
    const distance = Math.abs(value - b[at]!);
    sum += distance;
    largest = Math.max(largest, distance);
  });
  return { mean: sum / a.length, largest };
}

/** Takes a part of an image as it is. */
function part(left: number, top: number, width: number, height: number): JpegPlan {
  const resized = { width, height };
  const window = { left: 0, top: 0, width, height };
  const region = { left, top, width, height };
  return { region, resized, window, flipped: false, interpolation: 'bilinear', reduction: 1 };
}

/** A photograph with an edge at every place, as a JPEG of a kind. */
async function patterned(width: number, height: number, jpeg: JpegOptions, gray = false): Promise<Buffer> {
  const pixels = Uint8Array.from({ length: width * height * 3 }, (_, at) => {
    const x = Math.floor(at / 3) % width;
    const y = Math.floor(at / 3 / width);
    return 128 + 120 * Math.sin((at % 3) + x / 3) * Math.cos(y / 4 + (at % 3));
  });
  const image = sharp(pixels, { raw: { width, height, channels: 3 } });
  return (gray ? image.grayscale() : image).jpeg(jpeg).toBuffer();
}

/** A JPEG with an EXIF block whose one entry is the orientation, written as a number of a type. */
function withOrientation(
  jpeg: Buffer,
  entry: { type: number; isLittle: boolean; count: number; value: number },
): Buffer {
  const { type, isLittle, count, value } = entry;
  const number = (bytes: number, content: number): number[] => {
    const little = Array.from({ length: bytes }, (_, at) => (content >> (8 * at)) & 255);
    return isLittle ? little : little.reverse();
  };
  const isByte = [1, 2, 6, 7].includes(type);
  const isShort = [3, 8].includes(type);
  const stored = [...number(isByte ? 1 : isShort ? 2 : 4, value), 0, 0, 0].slice(0, 4);
  const order = Buffer.from(isLittle ? 'II' : 'MM');
  const header = [...order, ...number(2, 42), ...number(4, 8), ...number(2, 1)];
  const content = [...header, ...number(2, 0x112), ...number(2, type), ...number(4, count), ...stored, 0, 0, 0, 0];
  const block = Buffer.from([...Buffer.from('Exif\0\0'), ...content]);
  return Buffer.concat([jpeg.subarray(0, 2), Buffer.from([0xff, 0xe1, 0, block.length + 2]), block, jpeg.subarray(2)]);
}

describe('decoding with libjpeg-turbo', () => {
  before(function () {
    if (jpegDecoder()) return;
    console.log('    skipped: `camtune setup` has not built the JPEG decoder here');
    this.skip();
  });

  it('makes the very pixels of torchvision: shorter side to 32, middle 24 × 24', async () => {
    const { pixels } = await readImage(photograph, { crop: 'center', resize: 32, size: 24 });
    const row = [0, 4, 8, 12, 16, 20].map((x) => [...pixels.subarray((9 * 24 + x) * 3, (9 * 24 + x) * 3 + 3)]);
    // torchvision 0.29, Pillow 13: CenterCrop(24)(Resize(32)(image)), row 9
    expect(row).to.deep.equal([[38, 45, 48], [63, 86, 101], [41, 43, 47], [39, 40, 43], [54, 55, 60], [62, 77, 91]]); // prettier-ignore
    expect(pixels.reduce((sum, value) => sum + value, 0)).to.equal(177921);
  });

  const rows: [Interpolation, number[], number][] = [
    ['bilinear', [153, 148, 145, 98, 39, 57, 62, 34, 33, 35, 36, 51, 58, 61, 114, 187, 204, 214, 220, 223], 145981],
    ['bicubic', [153, 147, 149, 99, 32, 58, 65, 30, 32, 36, 36, 52, 59, 56, 111, 196, 207, 215, 220, 224], 145973],
    ['lanczos3', [154, 145, 153, 101, 27, 61, 67, 27, 33, 37, 36, 53, 63, 55, 109, 201, 206, 213, 220, 224], 145930],
  ];
  for (const [interpolation, expected, sum] of rows)
    it(`resizes exactly as Pillow: ${interpolation}`, async () => {
      const { pixels } = await readImage(photograph, { crop: 'whole', size: 20, interpolation });
      // Pillow 13: image.resize((20, 20)), red of row 7
      expect(Array.from({ length: 20 }, (_, x) => pixels[(7 * 20 + x) * 3])).to.deep.equal(expected);
      expect(pixels.reduce((total, value) => total + value, 0)).to.equal(sum);
    });

  const kinds: [string, JpegOptions, boolean][] = [
    ['4:2:0', { chromaSubsampling: '4:2:0' }, false],
    ['4:4:4', { chromaSubsampling: '4:4:4' }, false],
    ['progressive', { progressive: true }, false],
    ['gray', {}, true],
    ['with restart markers and own tables', { optimiseCoding: true, trellisQuantisation: true }, false],
  ];
  for (const [kind, options, gray] of kinds)
    it(`gives the same pixels for a part as for the whole: ${kind}`, async () => {
      const [width, height] = [83, 61];
      await inFolder({ 'x.jpg': await patterned(width, height, options, gray) }, async (dir) => {
        const path = join(dir, 'x.jpg');
        const known = (await decoder().probe(path))!;
        expect(known).to.deep.equal([width, height, 1]);
        const whole = new Uint8Array(width * height * 3);
        expect(await decoder().decode(path, known, part(0, 0, width, height), whole)).to.equal(true);
        const next = random(5);
        const between = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
        for (let draw = 0; draw < 60; draw++) {
          const [w, h] = [between(1, width), between(1, height)];
          const [left, top] = [between(0, width - w), between(0, height - h)];
          const found = new Uint8Array(w * h * 3);
          expect(await decoder().decode(path, known, part(left, top, w, h), found)).to.equal(true);
          const rowOf = (y: number): Uint8Array =>
            whole.subarray(((top + y) * width + left) * 3, ((top + y) * width + left + w) * 3);
          const expected = Buffer.concat(Array.from({ length: h }, (_, y) => rowOf(y)));
          expect(difference(found, expected).largest, `${w} × ${h} at ${left}, ${top}`).to.equal(0);
        }
      });
    });

  for (let orientation = 1; orientation <= 8; orientation++)
    it(`turns orientation ${orientation} upright as sharp does, also mirrored, cropped and made smaller`, async () => {
      const stored = await sharp(await patterned(190, 110, { chromaSubsampling: '4:4:4', quality: 100 }))
        .withMetadata({ orientation })
        .jpeg({ chromaSubsampling: '4:4:4', quality: 100 })
        .toBuffer();
      await inFolder({ 'x.jpg': stored }, async (dir) => {
        const path = join(dir, 'x.jpg');
        const probe = await probeImage(path);
        expect(probe.jpeg).to.deep.equal([190, 110, orientation]);
        const { jpeg, ...seen } = probe;
        expect(jpeg).to.be.an('array');
        expect(seen).to.deep.equal(await withSharp(() => probeImage(path)));
        for (const size of [80, 12])
          for (let seed = 0; seed < 6; seed++) {
            const view: CropSpec = { crop: 'random-resized', size, scale: [0.3, 1] };
            const ours = await readImage(path, view, random(seed));
            const theirs = await withSharp(() => readImage(path, view, random(seed)));
            expect(ours.crop).to.deep.equal(theirs.crop);
            // The wrong way round it would be 40 and more.
            expect(difference(ours.pixels, theirs.pixels).mean).to.be.below(size === 80 ? 1 : 4);
          }
      });
    });

  it('reads an orientation of any whole-number type, as sharp does', async () => {
    const jpeg = await plain(40, 30, [9, 99, 199]).jpeg().toBuffer();
    // BYTE, ASCII, SHORT, LONG, RATIONAL, SBYTE, UNDEFINED, SSHORT, SLONG, FLOAT
    const turned = [1, 3, 4, 6, 8, 9];
    for (const type of [1, 2, 3, 4, 5, 6, 7, 8, 9, 11])
      for (const isLittle of [true, false])
        for (const count of [0, 1]) {
          await inFolder({ 'x.jpg': withOrientation(jpeg, { type, isLittle, count, value: 6 }) }, async (dir) => {
            const label = `type ${type}, ${isLittle ? 'little' : 'big'} endian, count ${count}`;
            const expected = turned.includes(type) && count === 1 ? 6 : 1;
            expect(await decoder().probe(join(dir, 'x.jpg')), label).to.deep.equal([40, 30, expected]);
            const { width, height } = await withSharp(() => probeImage(join(dir, 'x.jpg')));
            expect([width, height], label).to.deep.equal(expected === 6 ? [30, 40] : [40, 30]);
          });
        }
  });

  for (let orientation = 1; orientation <= 8; orientation++)
    it(`agrees with sharp where an image of orientation ${orientation} is enlarged in one direction or both`, async () => {
      const stored = await sharp(await patterned(33, 31, { chromaSubsampling: '4:4:4', quality: 100 }))
        .withMetadata({ orientation })
        .jpeg({ chromaSubsampling: '4:4:4', quality: 100 })
        .toBuffer();
      await inFolder({ 'x.jpg': stored }, async (dir) => {
        for (const size of [32, 33, 40]) {
          const read = () => readImage(join(dir, 'x.jpg'), { crop: 'whole', size });
          const [ours, theirs] = [(await read()).pixels, (await withSharp(read)).pixels];
          expect(difference(ours, theirs).largest, `to ${size}`).to.be.at.most(2);
        }
      });
    });

  it('agrees with sharp on photographs: crops, flips, both ways of resizing', async () => {
    const dir = 'data/clothing/train/dress';
    const names = (await readdir(dir)).filter((name) => name.endsWith('.jpg')).slice(0, 6);
    expect(names).to.have.length(6);
    const views: CropSpec[] = [
      { crop: 'random-resized', size: 96 },
      { crop: 'random-resized', size: 224 },
      { crop: 'resize-crop', resize: 128, size: 112 },
      { crop: 'center', resize: 256, size: 224 },
      { crop: 'whole', size: 150 },
    ];
    for (const name of names)
      for (const [seed, view] of views.entries()) {
        const read = () => readImage(join(dir, name), view, random(seed));
        const ours = await read();
        const theirs = await withSharp(read);
        expect(ours.crop).to.deep.equal(theirs.crop);
        expect(difference(ours.pixels, theirs.pixels).mean, `${name}, ${view.crop}`).to.be.below(0.5);
        expect((await read()).pixels).to.deep.equal(ours.pixels);
      }
  });

  it('lets the inverse DCT make large images smaller, by half as much as is wanted at most', () => {
    const reduction = (side: number, other = side) =>
      reductionFor({
        region: { left: 0, top: 0, width: side, height: other },
        resized: { width: 10, height: 10 },
      });
    expect([39, 40, 79, 80, 159, 160, 5000].map((side) => reduction(side))).to.deep.equal([1, 2, 2, 4, 4, 8, 8]);
    expect(reduction(5000, 40)).to.equal(2);
  });

  it('shows the same place of a large photograph, whether made smaller by the inverse DCT or not', async () => {
    const large = await sharp(await readFile(photograph)).resize(1203, 905, { fit: 'fill' }).jpeg().toBuffer(); // prettier-ignore
    await inFolder({ 'x.jpg': large }, async (dir) => {
      const path = join(dir, 'x.jpg');
      const known = (await decoder().probe(path))!;
      for (const reduction of [2, 4, 8] as const) {
        const side = Math.floor(800 / reduction / 2);
        const plan = (used: JpegPlan['reduction']): JpegPlan => ({
          ...part(0, 0, side, side),
          region: { left: 311, top: 87, width: 809, height: 805 },
          reduction: used,
          flipped: true,
        });
        const [exact, reduced] = [new Uint8Array(side * side * 3), new Uint8Array(side * side * 3)];
        expect(await decoder().decode(path, known, plan(1), exact)).to.equal(true);
        expect(await decoder().decode(path, known, plan(reduction), reduced)).to.equal(true);
        expect(difference(exact, reduced).mean, `1/${reduction}`).to.be.within(0.01, 1);
      }
    });
  });

  it('leaves to sharp what is no plain JPEG', async () => {
    const files = {
      'cmyk.jpg': await plain(30, 20, [9, 99, 199]).toColourspace('cmyk').jpeg().toBuffer(),
      'png.jpg': await plain(30, 20, [9, 99, 199]).png().toBuffer(),
      'half.jpg': (await noisyJpeg()).subarray(0, 4000),
      'text.jpg': 'not at all an image',
      'empty.jpg': '',
    };
    await inFolder(files, async (dir) => {
      for (const name of [...Object.keys(files), 'none.jpg', '.'])
        expect(await decoder().probe(join(dir, name)), name).to.equal(null);
    });
  });

  it('takes a good file after bad ones', async () => {
    const broken = Buffer.from(await noisyJpeg()).fill(0xff, 2, 40);
    await inFolder({ 'x.jpg': broken }, async (dir) => {
      const path = join(dir, 'x.jpg');
      const all = <T>(probe: () => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: 64 }, probe));
      expect(new Set(await all(() => decoder().probe(path)))).to.deep.equal(new Set([null]));
      for (const known of await all(() => decoder().probe(photograph))) expect(known).to.deep.equal([256, 192, 1]);
    });
  });

  it('does with a damaged JPEG what sharp does with it', async () => {
    const whole = await noisyJpeg(320, 240);
    for (const at of [0.1, 0.3, 0.5, 0.9]) {
      const damaged = Buffer.from(whole);
      damaged.fill(0xff, Math.floor(at * whole.length), Math.floor(at * whole.length) + 40);
      await inFolder({ 'x.jpg': damaged }, async (dir) => {
        const read = () =>
          readImage(join(dir, 'x.jpg'), { crop: 'whole', size: 64 }).then(
            ({ pixels }) => pixels,
            (error: Error) => error.message,
          );
        const [ours, theirs] = [await read(), await withSharp(read)];
        if (typeof ours === 'string' || typeof theirs === 'string') expect(ours).to.equal(theirs);
        // Damage that no decoder notices leaves the difference between two ways of resizing; other pixels, 40 and more.
        else expect(difference(ours, theirs).mean, `at ${at}`).to.be.below(2);
      });
    }
  });

  it('refuses a JPEG of more than 500 scans at once, with either decoder', async () => {
    const files = { 'most.jpg': progressiveJpeg(64, 48, 500), 'more.jpg': progressiveJpeg(4000, 3000, 5000) };
    await inFolder(files, async (dir) => {
      expect(await decoder().probe(join(dir, 'most.jpg'))).to.deep.equal([64, 48, 1]);
      expect(await decoder().probe(join(dir, 'more.jpg'))).to.equal(null);
      const read = (name: string) => readImage(join(dir, name), { crop: 'whole', size: 8 });
      const gray = (await withSharp(() => read('most.jpg'))).pixels;
      expect((await read('most.jpg')).pixels).to.deep.equal(gray);
      for (const once of [() => read('more.jpg'), () => withSharp(() => read('more.jpg'))]) {
        const error = await errorOf(once());
        expect(error.message).to.equal(
          `${join(dir, 'more.jpg')}: is a JPEG of 5000 scans, which take minutes; at most 500 are read`,
        );
      }
    });
  });

  it('notices a file that was replaced after it was probed', async () => {
    await inFolder({ 'x.jpg': await noisyJpeg(160, 120) }, async (dir) => {
      const path = join(dir, 'x.jpg');
      const known = (await decoder().probe(path))!;
      const into = new Uint8Array(160 * 120 * 3);
      expect(await decoder().decode(path, known, part(0, 0, 160, 120), into)).to.equal(true);
      await writeFile(path, await noisyJpeg(100, 80));
      expect(await decoder().decode(path, known, part(0, 0, 160, 120), into)).to.equal(false);
      await rm(path);
      expect(await decoder().decode(path, known, part(0, 0, 160, 120), into)).to.equal(false);
      expect((await errorOf(readImage(path, { crop: 'whole', size: 8 }))).message).to.match(/is missing$/);
    });
  });

  it('refuses an array of another size', () => {
    const refused = decoder().decode('x.jpg', [10, 10, 1], part(0, 0, 10, 10), new Uint8Array(299));
    return errorOf(refused).then((error) => expect(error.message).to.match(/does not fit/));
  });

  it('keeps memory flat over 3,000 images', async () => {
    const known = (await decoder().probe(photograph))!;
    const into = new Uint8Array(64 * 64 * 3);
    const plan = { ...part(0, 0, 64, 64), region: { left: 0, top: 0, width: known[0], height: known[1] } };
    const some = async (count: number): Promise<number> => {
      for (let done = 0; done < count; done += 50)
        await Promise.all(Array.from({ length: 50 }, () => decoder().decode(photograph, known, plan, new Uint8Array(into))));
      return process.memoryUsage().rss / 1e6;
    };
    const before = await some(500);
    expect((await some(3000)) - before, 'MB').to.be.below(30);
  });

  it('lets the process end when all is decoded, and while much is still to be decoded', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'camtune-jpeg-'));
    const module = pathToFileURL('src/data/decode.ts').href;
    const script = (end: string): string => `
      import { readImage } from ${JSON.stringify(module)};
      const all = Array.from({ length: 200 }, () => readImage(${JSON.stringify(photograph)}, { crop: 'whole', size: 64 }));
      ${end}
      console.log('end');`;
    const ends = { all: 'await Promise.all(all);', early: 'await all[0]; console.log("end"); process.exit(0);' };
    for (const [name, end] of Object.entries(ends)) {
      await writeFile(join(dir, `${name}.mts`), script(end));
      const { status, signal, stdout } = spawnSync(process.execPath, ['--import', 'tsx', join(dir, `${name}.mts`)], {
        encoding: 'utf8',
        timeout: 300_000,
      });
      expect({ status, signal, stdout }, name).to.deep.equal({ status: 0, signal: null, stdout: 'end\n' });
    }
    await rm(dir, { recursive: true });
  });
});
