import { expect } from 'chai';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../../src/errors.js';
import { decodeNpy, decodePicture } from '../../src/report/index.js';
import { readSnapshots, writeFigure, writeSnapshot, type Snapshot } from '../../src/log/index.js';
import { evenlySpaced, fileStems } from '../../src/log/snapshot-files.js';

/** Two images of 4 × 6 with maps of 2 × 3: the first has a map, the second's is zero. */
function snapshot(epoch: number): Snapshot {
  return {
    epoch,
    step: epoch * 10,
    images: new Uint8Array(2 * 4 * 6 * 3).fill(200),
    imageShape: [2, 4, 6],
    maps: Float32Array.of(0, 0, 3, 0, 0, 6, 0, 0, 0, 0, 0, 0),
    mapShape: [2, 3],
    masks: Uint8Array.from({ length: 2 * 4 * 6 }, (_, at) => (at < 12 ? 1 : 0)),
    blended: new Uint8Array(2 * 4 * 6 * 3).fill(90),
    files: ['church/000.jpg', 'truck/000.jpg'],
    labels: ['church', 'truck'],
    predictions: [
      { class: 'church', probability: 0.75 },
      { class: 'church', probability: 0.5 },
    ],
  };
}

describe('saliency snapshots', () => {
  let saliency: string;
  beforeEach(() => (saliency = join(mkdtempSync(join(tmpdir(), 'camtune-snapshot-')), 'saliency')));
  afterEach(() => rmSync(join(saliency, '..'), { recursive: true }));

  it('are refused where their index is damaged, or leads to other folders', async () => {
    await writeSnapshot(saliency, snapshot(1));
    const path = join(saliency, 'epoch-001', 'snapshot.json');
    const good = JSON.parse(readFileSync(path, 'utf8')) as { images: object[] };
    const wrong: [string, RegExp][] = [
      ['{', /snapshot\.json: cannot be read/],
      ['null', /expected the list of a snapshot, found another value$/],
      ['{}', /found another value at epoch$/],
      [JSON.stringify({ ...good, epoch: '<b>' }), /at epoch$/],
      [JSON.stringify({ ...good, images: [null] }), /at images\.0$/],
      ...['../../secret', '..', 'a/b', '', 3].map((name): [string, RegExp] => [
        JSON.stringify({ ...good, images: [{ ...good.images[0], name }] }),
        /at images\.0\.name$/,
      ]),
    ];
    for (const [text, message] of wrong) {
      writeFileSync(path, text);
      expect(() => readSnapshots(saliency), text).to.throw(Failure, message);
    }
  });

  it('hold overlay, mask, blended image and raw map of every image, a sheet and an index', async () => {
    const pictures = await writeSnapshot(saliency, snapshot(7));
    const folder = join(saliency, 'epoch-007');
    const perImage = ['blended.png', 'mask.png', 'npy', 'overlay.png'];
    expect(readdirSync(folder).sort()).to.deep.equal([
      ...perImage.map((end) => `church-000.${end}`),
      'sheet.png',
      'snapshot.json',
      ...perImage.map((end) => `truck-000.${end}`),
    ]);
    expect(readdirSync(saliency).sort()).to.deep.equal(['epoch-007', 'images']);

    const map = decodeNpy(readFileSync(join(folder, 'church-000.npy')));
    expect(map).to.deep.equal({ data: Float32Array.of(0, 0, 3, 0, 0, 6), shape: [2, 3] });
    const mask = await decodePicture(join(folder, 'church-000.mask.png'));
    expect([mask.width, mask.height]).to.deep.equal([6, 4]);
    expect([...mask.pixels]).to.deep.equal(Array.from({ length: 72 }, (_, at) => (at < 36 ? 255 : 0)));
    const blended = await decodePicture(join(folder, 'truck-000.blended.png'));
    expect(new Set(blended.pixels)).to.deep.equal(new Set([90]));
    const image = await decodePicture(join(saliency, 'images', 'truck-000.png'));
    expect(new Set(image.pixels)).to.deep.equal(new Set([200]));

    expect(pictures.map(({ tag }) => tag)).to.deep.equal([
      'saliency',
      'saliency/church-000',
      'saliency/truck-000',
    ]);
    const sheet = await decodePicture(pictures[0]!.png);
    expect([sheet.width, sheet.height]).to.deep.equal([pictures[0]!.width, pictures[0]!.height]);
  });

  it('the index says what was predicted and how much the mask keeps', async () => {
    await writeSnapshot(saliency, snapshot(7));
    const [found] = readSnapshots(saliency);
    expect(found!.epoch).to.equal(7);
    expect(found!.step).to.equal(70);
    expect(found!.images).to.deep.equal([
      {
        name: 'church-000',
        file: 'church/000.jpg',
        label: 'church',
        prediction: 'church',
        probability: 0.75,
        maskArea: 0.5,
      },
      {
        name: 'truck-000',
        file: 'truck/000.jpg',
        label: 'truck',
        prediction: 'church',
        probability: 0.5,
        maskArea: 0,
      },
    ]);
  });

  it('replaces the folder of an epoch that is done again, and clears what a kill left', async () => {
    mkdirSync(join(saliency, '.epoch-002.abc.tmp'), { recursive: true });
    mkdirSync(join(saliency, 'epoch-001', 'old'), { recursive: true });
    await writeSnapshot(saliency, snapshot(1));
    expect(readdirSync(saliency).sort()).to.deep.equal(['epoch-001', 'images']);
    expect(existsSync(join(saliency, 'epoch-001', 'old'))).to.equal(false);
  });

  it('are read in the order of the epochs, past 999 too; a folder that is none is passed over', async () => {
    for (const epoch of [1000, 2, 999]) await writeSnapshot(saliency, snapshot(epoch));
    mkdirSync(join(saliency, 'epoch-005'));
    expect(readSnapshots(saliency).map(({ epoch }) => epoch)).to.deep.equal([2, 999, 1000]);
    expect(readSnapshots(join(saliency, 'nowhere'))).to.deep.equal([]);
  });

  it('refuse arrays of the wrong length and maps with NaN, and leave nothing behind', async () => {
    const message = (input: Snapshot) =>
      writeSnapshot(saliency, input).catch((error: Error) => error.message);
    expect(await message({ ...snapshot(1), masks: new Uint8Array(3) })).to.equal(
      'snapshot.masks: expected 48 values, found 3',
    );
    expect(await message({ ...snapshot(1), labels: ['one'] })).to.equal(
      'snapshot.labels: expected 2 values, found 1',
    );
    expect(await message({ ...snapshot(1), maps: new Float32Array(12).fill(NaN) })).to.match(
      /^map: expected finite/,
    );
    expect(existsSync(saliency)).to.equal(false);
  });

  it('the figure has a column for the image and one for each epoch, ten at most', async () => {
    expect(await writeFigure(saliency)).to.equal(undefined);
    await writeSnapshot(saliency, snapshot(1));
    const path = (await writeFigure(saliency))!;
    const one = await decodePicture(path);
    for (let epoch = 2; epoch <= 10; epoch++) await writeSnapshot(saliency, snapshot(epoch));
    await writeFigure(saliency);
    const ten = await decodePicture(path);
    await writeSnapshot(saliency, snapshot(11));
    await writeFigure(saliency);
    const eleven = await decodePicture(path);
    expect(one.height).to.equal(ten.height);
    expect(eleven.width).to.equal(ten.width);
  });
});

describe('names and choices', () => {
  it('file names are made of the path, safe and different', () => {
    expect(fileStems(['a/b.jpg', 'a/b.png', '../x y.jpeg', '…'])).to.deep.equal([
      'a-b',
      'a-b-2',
      'x-y',
      'image',
    ]);
  });

  it('an even choice keeps both ends', () => {
    expect(evenlySpaced([1, 2, 3], 10)).to.deep.equal([1, 2, 3]);
    expect(evenlySpaced([0, 1, 2, 3, 4, 5, 6, 7, 8], 5)).to.deep.equal([0, 2, 4, 6, 8]);
  });
});
