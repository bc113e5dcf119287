import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { folderImages } from '../../../src/evaluate/folder/images.js';
import { measureShare, metrics, type Request, type Watch } from '../../../src/evaluate/folder/index.js';
import { classifier, networkInput, type OpenedClassifier } from '../../../src/models/index.js';
import { fastestBackend } from '../../backend.js';
import { collect, errorOf, inFolder, plain } from '../../data/folder.js';
import { preprocessing } from '../support.js';

const side = 24;
const watch: Watch = { start: () => undefined, progress: () => undefined, note: () => undefined };
const request: Omit<Request, 'data'> = {
  methods: ['lafam'],
  settings: {},
  batch: 2,
  seed: 0,
  fill: 'blur',
  tolerance: 3,
  stops: 2,
};

function network(): OpenedClassifier {
  const initializer = (seed: number) => tfl.initializers.glorotNormal({ seed });
  const model = tfl.sequential({
    layers: [
      tfl.layers.conv2d({ inputShape: [side, side, 3], filters: 4, kernelSize: 3, name: 'first', kernelInitializer: initializer(1) }), // prettier-ignore
      tfl.layers.globalAveragePooling2d({}),
      tfl.layers.dense({ units: 2, name: 'logits', kernelInitializer: initializer(2) }),
    ],
  });
  const own = classifier(model);
  return {
    ...own,
    ...networkInput(own, { ...preprocessing, resize: side, crop: side }),
    device: 'none',
    weights: { path: 'x', modified: '' },
    read: () => Promise.reject(new Error('not asked')),
    dispose: () => model.dispose(),
  };
}

/** 0.png to 10.png, of which 3.png is none. */
async function photos(): Promise<Record<string, Uint8Array | string>> {
  const names = Array.from({ length: 11 }, (_, index) => index);
  const files = names.map(async (index) => {
    const photo = await plain(side, side, [20 * index, 90, 200 - 10 * index])
      .png()
      .toBuffer();
    return [`${index}.png`, index === 3 ? 'no image' : photo] as const;
  });
  return Object.fromEntries(await Promise.all(files));
}

describe('a share of the images of an evaluation', () => {
  before(fastestBackend);

  it('has the batches that a process alone has, each share others, and divides the rest evenly', async () =>
    inFolder(await photos(), async (dir) => {
      const own = network();
      const batchesOf = async (share?: { rank: number; size: number }) => {
        const images = await folderImages(dir, own, { batch: 2, ...(share && { share }) });
        return (await collect(images.batches())).map(({ files }) => files.join());
      };
      const whole = await batchesOf();
      const parts = await Promise.all([0, 1].map((rank) => batchesOf({ rank, size: 2 })));
      expect(whole).to.have.length(6);
      expect(parts[0]!.slice(0, 2)).to.deep.equal([whole[0], whole[2]]);
      expect(parts[1]!.slice(0, 2)).to.deep.equal([whole[1], whole[3]]);
      expect(parts.flat().join().split(',').sort()).to.deep.equal(whole.join().split(',').sort());
      own.dispose();
    }));

  it('does not read what is done, and bears that all of the rest cannot be read', async () =>
    inFolder(await photos(), async (dir) => {
      const own = network();
      const images = await folderImages(dir, own, { batch: 4 });
      const left = await collect(images.batches((file) => !['3.png', '5.png'].includes(file)));
      expect(left.map(({ files }) => files)).to.deep.equal([['5.png']]);
      expect(await collect(images.batches((file) => file !== '3.png'))).to.deep.equal([]);
      expect(images.skipped()).to.have.length(1);
      own.dispose();
    }));

  it('is kept apart until one process joins all, in the order of the images; the picture is made then', async () =>
    inFolder(await photos(), async (dir) => {
      const own = network();
      const asked = { ...request, data: dir, target: 'predicted' as const };
      await inFolder({}, async (out) => {
        const [one, parts] = [join(out, 'one'), join(out, 'parts')];
        const alone = await metrics['sanity']!.run(own, asked, one, watch);
        for (const rank of [2, 0, 1])
          await measureShare('sanity', own, { ...asked, share: { rank, size: 3 } }, parts, watch);
        const names = [0, 1, 2].map((rank) => `images.${rank}-of-3.jsonl`);
        expect((await readdir(parts)).sort()).to.deep.equal(names);
        const joined = await metrics['sanity']!.run(own, asked, parts, watch);
        expect(await readdir(parts)).to.deep.equal(['images.jsonl']);
        const lines = async (folder: string) => (await readFile(join(folder, 'images.jsonl'), 'utf8')).split('\n'); // prettier-ignore
        const names10 = (await lines(one)).map((line) => /"image":"([^"]+)"/.exec(line)?.[1]);
        expect((await lines(parts)).map((line) => /"image":"([^"]+)"/.exec(line)?.[1])).to.deep.equal(
          names10,
        );
        expect(joined.report.images).to.equal(10);
        expect(joined.figures).to.deep.equal(alone.figures);
        const other = { ...asked, seed: 1, share: { rank: 0, size: 2 } };
        expect((await errorOf(measureShare('sanity', own, other, parts, watch))).message).to.match(
          /measured in another way \(seed: then 0, now 1\)/,
        );
      });
      own.dispose();
    }));

  it('must have an image', async () =>
    inFolder(await photos(), async (dir) => {
      const own = network();
      const error = await errorOf(folderImages(dir, own, { batch: 4, share: { rank: 0, size: 12 } }));
      expect(error.message).to.equal('--processes: expected at most 11, the images, found 12');
      own.dispose();
    }));
});
