import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import { expect } from 'chai';
import { imageReader, listImages, type Batch, type ReaderOptions, type CropSpec } from '../../src/data/index.js';
import { collect, errorOf, grayPng, inFolder, noisyJpeg } from './folder.js';

const view: CropSpec = { crop: 'whole', size: 2 };
const randomView: CropSpec = { crop: 'random-resized', size: 4 };

/** Ten images in two classes; image k is all of the gray k·10. Class cat holds 0 to 3, dog 4 to 9. */
async function ten(): Promise<Record<string, Uint8Array | string>> {
  const names = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((k) => `${k < 4 ? 'cat' : 'dog'}/${k}.png`);
  const gray = (k: number): number[][] => Array.from({ length: 6 }, () => Array<number>(6).fill(10 * k));
  return Object.fromEntries(await Promise.all(names.map(async (name, k) => [name, await grayPng(gray(k))] as const)));
}

async function withReader(
  changed: Record<string, Uint8Array | string>,
  options: ReaderOptions,
  test: (reader: ReturnType<typeof imageReader>, dir: string) => Promise<void>,
): Promise<void> {
  await inFolder({ ...(await ten()), ...changed }, async (dir) => {
    await test(imageReader(await listImages(dir), { view, batchSize: 4, ...options }), dir);
  });
}

const files = (batches: Batch[]): string[][] => batches.map((batch) => batch.files);

describe('imageReader', () => {
  it('reads all images in order, and keeps the last batch, which is smaller', () =>
    withReader({}, {}, async (reader) => {
      const batches = await collect(reader.batches());
      expect(reader.length).to.equal(3);
      expect(batches.map(({ number }) => number)).to.deep.equal([0, 1, 2]);
      expect(batches.map(({ shape }) => shape)).to.deep.equal([[4, 2, 2, 3], [4, 2, 2, 3], [2, 2, 2, 3]]); // prettier-ignore
      expect(batches.flatMap(({ labels }) => [...labels])).to.deep.equal([0, 0, 0, 0, 1, 1, 1, 1, 1, 1]);
      expect(batches[1]!.files).to.deep.equal(['dog/4.png', 'dog/5.png', 'dog/6.png', 'dog/7.png']);
      const firstPixels = [0, 1, 2, 3].map((image) => batches[1]!.pixels[image * 12]);
      expect(firstPixels).to.deep.equal([40, 50, 60, 70]);
      expect(reader.summary()).to.deep.equal({ images: 10, skipped: [] });
    }));

  it('distorts each crop in a way that follows from seed, epoch and image, without moving the crop', () => {
    const options = { batchSize: 10, policy: { name: 'rand-augment', ops: 3, magnitude: 30 }, view: randomView } as const;
    return withReader({}, options, async (reader, dir) => {
      const pixelsOf = async (batches: AsyncGenerator<Batch>) => (await collect(batches)).map(({ pixels }) => [...pixels]);
      const once = await pixelsOf(reader.batches(1));
      expect(await pixelsOf(reader.batches(1))).to.deep.equal(once);
      expect(await pixelsOf(reader.batches(2))).to.not.deep.equal(once);
      const plain = imageReader(await listImages(dir), { ...options, policy: null });
      const [batch] = await collect(plain.batches(1));
      expect([[...batch!.pixels]]).to.not.deep.equal(once);
      expect(batch!.crops).to.deep.equal((await collect(reader.batches(1)))[0]!.crops);
    });
  });

  it('leaves the last batch out when told to', () =>
    withReader({}, { dropLast: true }, async (reader) => {
      expect(reader.length).to.equal(2);
      expect(await collect(reader.batches())).to.have.length(2);
    }));

  it('shuffles every epoch in another way, the same way for the same seed', () =>
    withReader({}, { shuffle: true, seed: 7 }, async (reader, dir) => {
      const first = files(await collect(reader.batches(0))).flat();
      const second = files(await collect(reader.batches(1))).flat();
      expect(first).to.have.members(second).and.have.length(10);
      expect(first).not.to.deep.equal(second);
      expect(first).not.to.deep.equal([...first].sort());
      const again = imageReader(await listImages(dir), { view, batchSize: 4, shuffle: true, seed: 7 });
      expect(files(await collect(again.batches(1))).flat()).to.deep.equal(second);
      const other = imageReader(await listImages(dir), { view, batchSize: 4, shuffle: true, seed: 8 });
      expect(files(await collect(other.batches(1))).flat()).not.to.deep.equal(second);
    }));

  it('samples the classes evenly where asked: repeated images with other crops, and the same from a later batch on', () =>
    withReader({}, { view: randomView, shuffle: true, sampling: 'balanced', seed: 3 }, async (reader) => {
      const batches = await collect(reader.batches(2));
      const shown = batches.flatMap(({ files, crops }) => files.map((file, at) => ({ file, crop: crops[at]! })));
      expect(shown).to.have.length(10);
      const cats = shown.filter(({ file }) => file.startsWith('cat/'));
      expect(cats).to.have.length(5);
      const twice = cats.filter(({ file }, at) => cats.findIndex((other) => other.file === file) < at);
      expect(twice).to.have.length(1);
      const [first, second] = cats.filter(({ file }) => file === twice[0]!.file);
      expect(first!.crop).to.not.deep.equal(second!.crop);
      expect(await collect(reader.batches(2, 1))).to.deep.equal(batches.slice(1));
    }));

  it('crops an image anew every epoch, whatever the batch it stands in', () =>
    withReader({}, { view: randomView }, async (reader, dir) => {
      const cropsOf = (batches: Batch[]): Batch['crops'] => batches.flatMap(({ crops }) => crops);
      const [first, second] = [cropsOf(await collect(reader.batches(0))), cropsOf(await collect(reader.batches(1)))];
      expect(new Set(first.map((crop) => JSON.stringify(crop))).size).to.be.above(5);
      expect(first).not.to.deep.equal(second);
      const singles = imageReader(await listImages(dir), { view: randomView, batchSize: 1 });
      expect(cropsOf(await collect(singles.batches(1)))).to.deep.equal(second);
    }));

  it('goes on in the middle of an epoch exactly as it would have', () =>
    withReader({}, { shuffle: true, seed: 3, view: randomView, batchSize: 3 }, async (reader) => {
      const whole = await collect(reader.batches(5));
      const rest = await collect(reader.batches(5, 2));
      expect(rest).to.deep.equal(whole.slice(2));
      expect(await collect(reader.batches(5, 4))).to.deep.equal([]);
      expect((await errorOf(collect(reader.batches(5, 5)))).message).to.contain('startBatch: expected');
    }));

  it('does not open the files of the batches before the one it starts at', () =>
    withReader({ 'cat/1.png': 'broken' }, {}, async (reader) => {
      await collect(reader.batches(0, 1));
      expect(reader.summary()).to.deep.equal({ images: 6, skipped: [] });
    }));

  it('leaves a broken file out, names it once, and moves no other image', () =>
    withReader({ 'cat/1.png': 'broken', 'dog/5.png': '' }, {}, async (reader) => {
      const batches = await collect(reader.batches(0));
      expect(batches.map(({ shape }) => shape[0])).to.deep.equal([3, 3, 2]);
      expect(batches[0]!.files).to.deep.equal(['cat/0.png', 'cat/2.png', 'cat/3.png']);
      expect(batches[0]!.pixels).to.have.length(3 * 12);
      expect(batches[0]!.pixels[12]).to.equal(20);
      await collect(reader.batches(1));
      expect(reader.summary()).to.deep.equal({
        images: 16,
        skipped: [
          { file: 'cat/1.png', reason: 'is not an image' },
          { file: 'dog/5.png', reason: 'is empty' },
        ],
      });
    }));

  it('passes over a batch of which nothing is left, and keeps the numbers of the others', () =>
    withReader({ 'dog/8.png': 'broken', 'dog/7.png': 'broken' }, { batchSize: 1 }, async (reader) => {
      const numbers = (await collect(reader.batches())).map(({ number }) => number);
      expect(numbers).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 9]);
    }));

  it('stops at the first broken file when told to, and not before its batch', () =>
    withReader({ 'dog/5.png': 'broken' }, { onError: 'stop' }, async (reader, dir) => {
      const batches = reader.batches();
      expect((await batches.next()).done).to.equal(false);
      const error = await errorOf(batches.next());
      expect(error.name).to.equal('Failure');
      expect(error.message).to.contain(`${dir}/dog/5.png is not an image`);
    }));

  it('stops when more than the given share is broken', async () => {
    const two = { 'cat/1.png': 'broken', 'dog/5.png': 'broken' };
    await withReader(two, { maxErrorShare: 0.2 }, async (reader) => {
      expect(await collect(reader.batches())).to.have.length(3);
    });
    await withReader(two, { maxErrorShare: 0.1 }, async (reader, dir) => {
      const error = await errorOf(collect(reader.batches()));
      expect(error.message).to.equal(
        `${dir}: 2 of 10 images cannot be read, more than the 1 that maxErrorShare allows: ` +
          'cat/1.png is not an image; dog/5.png is not an image',
      );
    });
  });

  it('bears five broken files by default, and not six', async () => {
    const broken = Object.fromEntries([4, 5, 6, 7, 8].map((k) => [`dog/${k}.png`, 'broken']));
    await withReader(broken, {}, async (reader) => {
      expect((await collect(reader.batches())).map(({ shape }) => shape[0])).to.deep.equal([4, 1]);
    });
    await withReader({ ...broken, 'dog/9.png': 'broken' }, {}, async (reader) => {
      expect((await errorOf(collect(reader.batches()))).message).to.contain('6 of 10 images cannot be read');
    });
  });

  it('says so when not one image can be read', () =>
    inFolder({ 'cat/a.jpg': 'x', 'dog/b.jpg': '' }, async (dir) => {
      const reader = imageReader(await listImages(dir), { view });
      const error = await errorOf(collect(reader.batches()));
      expect(error.message).to.equal(
        `${dir}: not one of 2 images can be read: cat/a.jpg is not an image; dog/b.jpg is empty`,
      );
    }));

  it('notices a file that vanishes between two epochs', () =>
    withReader({}, {}, async (reader, dir) => {
      await collect(reader.batches(0));
      await rm(join(dir, 'dog/4.png'));
      expect((await collect(reader.batches(1)))[1]!.files).to.have.length(3);
      expect(reader.summary().skipped.map(({ file }) => file)).to.deep.equal(['dog/4.png']);
    }));

  it('never changes an array that it has handed out', () =>
    withReader({}, { ahead: 1 }, async (reader) => {
      const first: { batch: Batch; copy: Uint8Array }[] = [];
      for (const epoch of [0, 1])
        for await (const batch of reader.batches(epoch)) first.push({ batch, copy: batch.pixels.slice() });
      expect(new Set(first.map(({ batch }) => batch.pixels.buffer)).size).to.equal(6);
      for (const { batch, copy } of first) expect(batch.pixels).to.deep.equal(copy);
    }));

  it('can be left early', () =>
    withReader({ 'dog/9.png': 'broken' }, { onError: 'stop' }, async (reader) => {
      for await (const batch of reader.batches()) {
        expect(batch.number).to.equal(0);
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, 50)); // the error in a batch nobody asked for stays quiet
    }));

  it('decodes while the JavaScript thread is busy', async function () {
    const jpeg = await noisyJpeg(1000, 800);
    const images = Object.fromEntries([...Array(24).keys()].map((k) => [`${k % 2 ? 'cat' : 'dog'}/${k}.jpg`, jpeg]));
    await inFolder(images, async (dir) => {
      const reader = imageReader(await listImages(dir), { batchSize: 8, ahead: 2 });
      // Two batches read ahead take less time than one that is not; on a busy machine not at every try.
      const tries: boolean[] = [];
      while (!tries.includes(true) && tries.length < 5) {
        const begun = performance.now();
        const batches = reader.batches();
        await batches.next();
        const first = performance.now() - begun;
        const start = performance.now();
        while (performance.now() - start < 2500); // a training step
        const asked = performance.now();
        await batches.next();
        await batches.next();
        tries.push(performance.now() - asked < first);
      }
      expect(tries).to.include(true);
    });
  });

  const wrong: [ReaderOptions, string][] = [
    [{ batchSize: 0 }, 'batchSize: expected a whole number above 0, found 0'],
    [{ batchSize: 11, dropLast: true }, 'batchSize: expected at most 10'],
    [{ ahead: -1 }, 'ahead: expected'],
    [{ onError: 'ignore' as 'skip' }, 'onError: expected skip or stop, found "ignore"'],
    [{ maxErrorShare: 5 }, 'maxErrorShare: expected a share from 0 to 1, found 5'],
    [{ view: { crop: 'center', size: 4, resize: 3 } }, 'view.resize: expected'],
  ];
  for (const [options, message] of wrong)
    it(`refuses ${JSON.stringify(options)}`, async () => {
      const error = await errorOf(withReader({}, options, () => Promise.resolve()));
      expect(error.name).to.equal('InvalidInput');
      expect(error.message).to.contain(message);
    });
});
