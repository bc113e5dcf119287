import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { join } from 'node:path';
import { metrics, type Request, type Watch } from '../../../src/evaluate/folder/index.js';
import { cocoImages, folderImages } from '../../../src/evaluate/folder/images.js';
import { classifier, networkInput, type OpenedClassifier } from '../../../src/models/index.js';
import { collect, grayPng, inFolder } from '../../data/folder.js';
import { preprocessing } from '../support.js';
import { fastestBackend } from '../../backend.js';

const [height, width] = [32, 24];
const request: Omit<Request, 'data'> = {
  methods: ['lafam'],
  settings: {},
  batch: 2,
  seed: 0,
  fill: 'blur',
  step: 96,
  tolerance: 3,
  stops: 2,
};
const watch: Watch = { start: () => undefined, progress: () => undefined, note: () => undefined };

/** A network for gray images that are higher than wide. */
function upright(): OpenedClassifier {
  const initializer = (seed: number) => tfl.initializers.glorotNormal({ seed });
  const model = tfl.sequential({
    layers: [
      tfl.layers.conv2d({ inputShape: [height, width, 1], filters: 4, kernelSize: 3, strides: 2, activation: 'relu', name: 'first', kernelInitializer: initializer(1) }), // prettier-ignore
      tfl.layers.globalAveragePooling2d({}),
      tfl.layers.dense({ units: 2, name: 'logits', kernelInitializer: initializer(2) }),
    ],
  });
  const network = classifier(model, { classNames: ['left', 'right'] });
  return {
    ...network,
    ...networkInput(network, { ...preprocessing, mean: [0, 0, 0] }),
    device: 'none',
    weights: { path: 'x', modified: '' },
    read: () => Promise.reject(new Error('not asked')),
    dispose: () => model.dispose(),
  };
}

/** A square: brighter from left to right, or the other way round. */
const slope = (from: number, step: number) =>
  grayPng(Array.from({ length: height }, () => Array.from({ length: height }, (_, x) => from + step * x)));
const photos = async () => ({ 'left/a.png': await slope(240, -7), 'right/b.png': await slope(0, 7) });

describe('evaluation of a network that is neither square nor colored', () => {
  before(fastestBackend);

  it('reads the middle of the square of its longer side', async () =>
    inFolder(await photos(), async (dir) => {
      const network = upright();
      const [batch] = await collect((await folderImages(dir, network, { batch: 4 })).batches());
      expect(batch!.shape).to.deep.equal([2, height, width, 3]);
      expect([...batch!.pixels.slice(0, 4)]).to.deep.equal([212, 212, 212, 205]);
      expect(batch!.pixels).to.have.length(2 * height * width * 3);
      expect(batch!.crops[0]).to.deep.equal({ left: 4, top: 0, width, height, flipped: false });
      network.dispose();
    }));

  for (const metric of [
    'insertion-deletion',
    'sanity',
    'road',
    'confidence-drop',
    'max-sensitivity',
    'agreement',
    'accuracy',
  ])
    it(`goes through ${metric}`, async () =>
      inFolder(await photos(), async (dir) => {
        const network = upright();
        const asked = { ...request, data: dir, target: 'predicted' as const };
        await inFolder({}, async (out) => {
          const { report } = await metrics[metric]!.run(network, asked, out, watch);
          expect(report.images).to.equal(2);
          expect(JSON.stringify(report.methods)).to.match(/"mean":-?\d/);
        });
        network.dispose();
      }));

  it('plays the pointing game on what it sees of the boxes', async () => {
    const box = (image: number, x: number) => ({ id: image, image_id: image, category_id: 1, iscrowd: 0, area: 48, bbox: [x, 2, 6, 8] }); // prettier-ignore
    const instances = JSON.stringify({
      images: [{ id: 1, file_name: 'left/a.png', width: height, height }, { id: 2, file_name: 'right/b.png', width: height, height }], // prettier-ignore
      categories: [{ id: 1, name: 'left' }],
      annotations: [box(1, 8), box(2, 0)],
    });
    await inFolder({ ...(await photos()), 'instances.json': instances }, async (dir) => {
      const network = upright();
      const { batches } = await cocoImages(dir, network, { batch: 4 });
      expect((await collect(batches()))[0]!.shape).to.deep.equal([2, height, width, 3]);
      const asked = { ...request, data: dir, target: 'predicted' as const };
      const { report } = await metrics['pointing-game']!.run(network, asked, join(dir, 'out'), watch);
      expect(report.images).to.equal(2);
      expect(report.methods['lafam']).to.have.nested.property('inside.mean');
      network.dispose();
    });
  });
});
