import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fastestBackend } from '../../backend.js';
import { InvalidInput } from '../../../src/errors.js';
import type { AccuracyReport } from '../../../src/evaluate/index.js';
import { imagesWithLabels } from '../../../src/evaluate/folder/images.js';
import { metrics, writeResult, type Request, type Watch } from '../../../src/evaluate/folder/index.js';
import { classifier, networkInput, type OpenedClassifier } from '../../../src/models/index.js';
import { errorOf, inFolder, plain } from '../../data/folder.js';
import { preprocessing } from '../support.js';

const side = 8;
const request: Omit<Request, 'data'> = {
  methods: [],
  settings: {},
  batch: 3,
  seed: 0,
  fill: 'blur',
  tolerance: 15,
  stops: 8,
};
const watch: Watch = { start: () => undefined, progress: () => undefined, note: () => undefined };

/** Its logits are the mean red, green and blue; the names of the classes are not in the order of the alphabet. */
function colorNetwork(classNames?: string[]): OpenedClassifier {
  const model = tfl.sequential({
    layers: [
      tfl.layers.conv2d({
        inputShape: [side, side, 3],
        filters: 3,
        kernelSize: 1,
        weights: [tf.reshape(tf.eye(3), [1, 1, 3, 3]), tf.zeros([3])],
      }),
      tfl.layers.globalAveragePooling2d({}),
      tfl.layers.dense({ units: 3, weights: [tf.eye(3), tf.zeros([3])] }),
    ],
  });
  const network = classifier(model, classNames && { classNames });
  const input = networkInput(network, { ...preprocessing, resize: side, crop: side });
  return {
    ...network,
    ...input,
    device: 'none',
    weights: { path: 'x', modified: '' },
    read: () => Promise.reject(new Error('not asked')),
    dispose: () => model.dispose(),
  };
}

const png = (color: [number, number, number]): Promise<Buffer> => plain(side, side, color).png().toBuffer();

/** Class folders and a table of the same images; one red image stands under blue. */
async function data(): Promise<Record<string, Uint8Array | string>> {
  const [red, green, blue] = await Promise.all([png([255, 0, 0]), png([0, 255, 0]), png([0, 0, 255])]);
  const files = {
    'classes/blue/1.png': blue,
    'classes/blue/<2>.png': red,
    'classes/green/1.png': green,
    'classes/red/1.png': red,
  };
  const rows = Object.keys(files).map((file) => `${file},${file.split('/')[1]}\n`);
  return { ...files, 'labels.csv': `path,label\n${rows.reverse().join('')}` };
}

async function measured(classNames: string[] | undefined, asked: Pick<Request, 'data'>, folder: string) {
  const network = colorNetwork(classNames);
  try {
    return await metrics['accuracy']!.run(network, { ...request, ...asked }, folder, watch);
  } finally {
    network.dispose();
  }
}

describe('accuracy on a folder', () => {
  before(fastestBackend);

  for (const [what, name] of Object.entries({
    'class folders': 'classes',
    'a table of labels': 'labels.csv',
  })) {
    it(`matches the classes of ${what} by name with those of the network`, async () =>
      inFolder(await data(), async (dir) => {
        const { report } = await measured(
          ['red', 'green', 'blue'],
          { data: join(dir, name) },
          join(dir, 'out'),
        );
        const { methods, confusion, classes, worst } = report as unknown as AccuracyReport;
        expect(methods['network']!.top1!.mean).to.equal(0.75);
        expect(classes.map((own) => own.class)).to.deep.equal(['red', 'green', 'blue']);
        expect(confusion).to.deep.equal([
          [1, 0, 0],
          [0, 1, 0],
          [1, 0, 1],
        ]);
        expect(worst).to.have.length(1);
        expect(worst[0]!.image).to.match(/blue\/<2>\.png$/);
      }));
  }

  it('takes the classes in the order of their names where the network has no names', async () =>
    inFolder(await data(), async (dir) => {
      // blue, green, red stand for the outputs red, green, blue: only green, and the red image under blue, are right.
      const { report } = await measured(undefined, { data: join(dir, 'classes') }, join(dir, 'out'));
      expect((report as unknown as AccuracyReport).methods['network']!.top1!.mean).to.equal(0.5);
    }));

  it('writes a page that holds its pictures and loads nothing, and the tables', async () =>
    inFolder(await data(), async (dir) => {
      const out = join(dir, 'out');
      await writeResult(out, await measured(['red', 'green', 'blue'], { data: join(dir, 'classes') }, out));
      const page = await readFile(join(out, 'index.html'), 'utf8');
      expect(page).to.include('<b>75.0 %</b><span>top-1<br>95 %: ');
      expect(page).to.include('src="data:image/webp;base64,').and.to.include('blue/&lt;2&gt;.png');
      expect(page).not.to.match(/(src|href)="(?!data:)/);
      expect(page).to.include("default-src 'none'");
      expect(await readFile(join(out, 'confusion.csv'), 'utf8')).to.equal(
        'label,red,green,blue\nred,1,0,0\ngreen,0,1,0\nblue,1,0,1\n',
      );
      expect(await readFile(join(out, 'classes.csv'), 'utf8')).to.match(/\nblue,2,1,1,0\.5,0\.666/);
      expect(await readFile(join(out, 'results.csv'), 'utf8')).to.match(
        /^method,top1,top1Low,.*\nnetwork,0\.75,/,
      );
    }));

  it('refuses results of other labels', async () =>
    inFolder(await data(), async (dir) => {
      const out = join(dir, 'out');
      await measured(['red', 'green', 'blue'], { data: join(dir, 'classes') }, out);
      const error = await errorOf(measured(['green', 'red', 'blue'], { data: join(dir, 'classes') }, out));
      expect(error.message).to.match(/measured in another way \(labels: then /);
    }));

  it('refuses classes that are none of the network, and another number of them where it has no names', async () =>
    inFolder(await data(), async (dir) => {
      const labeled = (name: string, classes: string[]) =>
        imagesWithLabels(join(dir, name), colorNetwork(classes), { batch: 1 });
      expect(await labeled('classes', ['red', 'green', 'violet'])).to.equal(undefined);
      expect((await labeled('labels.csv', ['red', 'green', 'blue']))!.count).to.equal(4);
      const error = await errorOf(
        measured(['red', 'green', 'violet'], { data: join(dir, 'classes') }, join(dir, 'out')),
      );
      expect(error).to.be.instanceOf(InvalidInput);
      expect(error.message).to.match(/expected classes among red, green, violet, found "blue"/);
      await inFolder({ 'a/1.png': '', 'b/1.png': '' }, async (two) => {
        const { message } = await errorOf(measured(undefined, { data: two }, join(two, 'out')));
        expect(message).to.match(/expected 3 classes, as many as the network has outputs .*, found 2$/);
      });
    }));
});
