import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { needsNative } from '../backend.js';
import { stageOptions, type StageOptions } from '../../src/augment/index.js';
import { classifier, saveModel, torchvisionPreprocessing } from '../../src/models/index.js';
import { train, type Recipe } from '../../src/train/index.js';
import type { EpochLine } from '../../src/log/index.js';
import { linesOf } from './support/metrics.js';
import { tensorCounts } from './support/tensors.js';
import { noiseBatch, nobody, trainingOf, weightsOf } from './support/networks.js';
import { failure } from './recipe/folder.js';
import { makeScene, type Scene, tinyRecipe, tinyResNet } from './support/scene.js';

/** The last of four stages has one position at 32 pixels. */
const blocks = [1, 1, 1, 1];

describe('training with the stage', () => {
  let scene: Scene;
  let runs = 0;

  before(needsNative);
  before(async () => void (scene = await makeScene(blocks)));
  after(() => scene.remove());

  const epochsOf = async (stage: Partial<Recipe['stage']>, epochs = 2): Promise<EpochLine[]> => {
    const runFolder = scene.at(`run${runs++}`);
    const recipe = tinyRecipe(scene, {
      // 4 × 4 positions in the target layer: at this size the last one has a single one, whose mask is empty.
      stage: { enabled: true, groups: 4, blur: { size: 9, sigma: 8 }, layer: 'layer2_0_relu', ...stage },
      optimizer: { learningRate: 0.01 },
      schedule: { epochs, kind: 'constant' },
    });
    await train(recipe, { runFolder });
    return linesOf(runFolder).flatMap((line) => (line.kind === 'epoch' ? [line] : []));
  };

  it('logs the share of the images that went through, zero maps, and the mean area of the masks', async () => {
    const [first, second] = await epochsOf({});
    for (const epoch of [first!, second!]) {
      expect(epoch.shareAugmented! * 24 + epoch.zeroMaps!).to.be.closeTo(24, 1e-9);
      // How many maps of so small a network are zero depends on the processor's rounding.
      expect(epoch.shareAugmented).to.be.above(0.1);
      // Above the mean of a map: neither nothing nor all of it.
      expect(epoch.maskArea).to.be.within(0.1, 0.9);
    }
  });

  it('takes half of the images with probability 0.5, and begins when it should', async () => {
    const [first, second] = await epochsOf({ method: 'lafam', probability: 0.5, start: 1 });
    expect(first).to.include({ shareAugmented: 0, zeroMaps: 0 });
    expect(first).to.not.have.property('maskArea');
    expect(second!.shareAugmented! * 24 + second!.zeroMaps!).to.be.closeTo(12, 1e-9);
  });

  it('may begin within an epoch', async () => {
    // Three batches of eight: the last one begins at two thirds.
    const [only] = await epochsOf({ method: 'lafam', start: 0.5 }, 1);
    expect(only!.shareAugmented! * 24 + only!.zeroMaps!).to.be.closeTo(8, 1e-9);
  });

  describe('warns', () => {
    const warnings = async (
      stage: Partial<Recipe['stage']>,
      weights = scene.at('tiny'),
    ): Promise<string[]> => {
      const said: string[] = [];
      const recipe = tinyRecipe(scene, {
        model: { weights },
        stage: { enabled: true, groups: 4, blur: { size: 9, sigma: 8 }, layer: 'layer2_0_relu', ...stage },
        log: { every: 1, probe: { images: 2 }, tensorboard: false, saliency: true },
      });
      const runFolder = scene.at(`run${runs++}`);
      await train(recipe, { runFolder, log: (line) => said.push(line) });
      return said.filter((line) => line.startsWith('warning: '));
    };

    it('not at all, where it has fewer channels than groups: that ends a run before it begins', async () => {
      const error = await failure(warnings({ groups: 4096, start: 1 }));
      expect(error.message).to.match(
        /^stage\.groups: expected an integer from 1 to \d+ \(the channels of layer2_0_relu\), found 4096$/,
      );
    });

    it('where the target layer has one position, and the report says what that means', async () => {
      const [first, second, ...others] = await warnings({ layer: null });
      expect(first).to.match(
        /^warning: the stage changes no image: the target layer \S+ has one position at 32 pixels/,
      );
      expect(second).to.match(
        /^warning: the stage has changed no image of this epoch: every map was zero or constant/,
      );
      expect(others).to.deep.equal([]);
      const report = await readFile(scene.at(`run${runs - 1}`, 'report.html'), 'utf8');
      expect(report)
        .to.include('nothing is salient, so the image stays as it is')
        .and.not.include('mask keeps 0%');
    });

    it('where a new last layer is asked before it has learned, and nowhere else', async () => {
      const model = tinyResNet(5, 0, blocks);
      await saveModel(model, scene.at('five'), {});
      model.dispose();
      const early = /^warning: the last layer is new and has learned nothing when the stage begins/;
      expect((await warnings({}, scene.at('five')))[0]).to.match(early);
      expect((await warnings({ start: 1 }, scene.at('five'))).join('\n')).to.not.match(/last layer is new/);
      expect(await warnings({ method: 'lafam' }, scene.at('five'))).to.deep.equal([]);
      expect(await warnings({ method: 'lafam' })).to.deep.equal([]);
    });
  });

  it('changes the training, and without it nothing is counted', async () => {
    const [off] = await epochsOf({ enabled: false }, 1);
    expect(off).to.include({ shareAugmented: 0, zeroMaps: 0 });
    const [on] = await epochsOf({}, 1);
    expect(on!.trainLoss).to.not.equal(off!.trainLoss);
  });
});

describe('training, step by step with the stage', () => {
  before(needsNative);

  const tiny = () =>
    classifier(tinyResNet(3, 0, blocks), { preprocessing: torchvisionPreprocessing, layer: 'layer2_0_relu' });
  const options = (given: Partial<StageOptions> = {}): StageOptions =>
    stageOptions({ groups: 4, blur: { size: 9, sigma: 8 }, ...given });
  const batch = noiseBatch(6, 32, 3);

  it('asks for the label of each image: other labels, other masks', () => {
    const areas = [batch, { ...batch, labels: Int32Array.from([1, 2, 0, 1, 2, 0]) }].map((given) => {
      const network = tiny();
      const training = trainingOf(network, { preprocessing: torchvisionPreprocessing, stage: options() });
      const { augmented, zeroMaps, maskArea } = training.run(given, Int32Array.from([0, 1, 2, 3, 4, 5]), 0);
      training.dispose();
      network.model.dispose();
      expect(augmented + zeroMaps).to.equal(6);
      return maskArea;
    });
    expect(areas[0]).to.not.equal(areas[1]);
  });

  it('with rate 0 leaves the weights, and gives the plain loss where no image is chosen', () => {
    const network = tiny();
    const training = trainingOf(network, {
      preprocessing: torchvisionPreprocessing,
      stage: options(),
      freezeNorm: true,
    });
    const before = weightsOf(network);
    const plain = training.run(batch, nobody, 0);
    const some = training.run(batch, Int32Array.from([0, 1, 2, 4, 5]), 0);
    const again = training.run(batch, nobody, 0);
    training.dispose();
    expect(weightsOf(network)).to.deep.equal(before);
    network.model.dispose();
    expect(again).to.deep.equal(plain);
    expect(plain).to.include({ augmented: 0, zeroMaps: 0, maskArea: 0 });
    expect(some.augmented).to.be.within(1, 5);
    expect(some.augmented + some.zeroMaps).to.equal(5);
    expect(some.loss).to.not.equal(plain.loss);
  });

  it('keeps memory flat over 200 steps: tensors, heap, resident memory', function () {
    const network = tiny();
    const training = trainingOf(network, {
      preprocessing: torchvisionPreprocessing,
      stage: options(),
      optimizer: { name: 'sgd', momentum: 0.9, nesterov: false, weightDecay: 1e-4, clipNorm: 1 },
    });
    const chosen = Int32Array.from([0, 2, 4]);
    const steps = (count: number): void => {
      for (let step = 0; step < count; step++) {
        const { loss } = training.run(batch, step % 2 ? chosen : nobody, 1e-3);
        expect(loss).to.satisfy(Number.isFinite);
      }
    };
    // Both traces, and what the allocators take once.
    steps(50);
    const tensors = tensorCounts();
    const { heapUsed, rss } = process.memoryUsage();
    steps(200);
    expect(tensorCounts()).to.deep.equal(tensors);
    const now = process.memoryUsage();
    // A leaked batch of activations alone (6 images, some 40 kB each) would add 48 MB.
    expect(now.rss - rss, 'growth of resident memory').to.be.below(24e6);
    expect(now.heapUsed - heapUsed, 'growth of the heap').to.be.below(24e6);
    training.dispose();
    network.model.dispose();
  });
});
