import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';
import type { EpochLine } from '../../src/log/index.js';
import { architectureOf, classifier, saveModel, torchvisionPreprocessing } from '../../src/models/index.js';
import { mapsFolder, readMaps, stepOverFloor } from '../../src/monitor/index.js';
import { train, type Recipe, type TrainResult } from '../../src/train/index.js';
import { mapWatch } from '../../src/train/run/map-watch.js';
import { needsNative } from '../backend.js';
import { identity, noiseBatch, smallest } from './support/networks.js';
import { figuresOf, linesOf } from './support/metrics.js';
import { makeScene, type Scene, tinyRecipe } from './support/scene.js';
import { tensorCounts } from './support/tensors.js';

const epochsOf = (run: string): EpochLine[] =>
  linesOf(run).flatMap((line) => (line.kind === 'epoch' ? [line] : []));

describe('train with schedule.stop.saliency', () => {
  let scene: Scene;
  const recipe = (saliency: object, schedule: object = {}, rest: object = {}): Recipe =>
    tinyRecipe(scene, {
      schedule: {
        epochs: 3,
        kind: 'constant',
        stop: { saliency: { within: 1.1, ...saliency } },
        ...schedule,
      },
      ...rest,
    });
  /** Trains until a line matches, then asks to stop as Ctrl-C does. */
  const trainUntil = async (pattern: RegExp, of: Recipe, runFolder: string, resume = false) => {
    const said: string[] = [];
    const log = (line: string): void => {
      said.push(line);
      if (pattern.test(line)) process.emit('SIGTERM', 'SIGTERM');
    };
    const result: TrainResult = await train(of, { runFolder, resume, log });
    return { ...result, said };
  };

  before(needsNative);
  before(async () => {
    scene = await makeScene();
  });
  after(async () => {
    process.exitCode = undefined;
    await scene.remove();
  });

  it('gives every epoch its change over the floor and what that cost, and keeps the maps', async () => {
    const run = scene.at('run');
    const { said, finished } = await trainUntil(/never/, recipe({ images: 6 }), run);
    expect(finished).to.equal(true);
    const lines = epochsOf(run);
    expect(lines).to.have.length(3);
    for (const line of lines) {
      const { changeOverFloor, mapChange, mapFloor } = line as unknown as Record<string, number>;
      expect(changeOverFloor).to.be.closeTo(mapChange! / mapFloor!, 1e-9);
      expect(changeOverFloor).to.be.above(0);
      expect(line).to.include({ mapImages: 6, mapZero: 0 });
      expect(line['mapVerdict']).to.be.oneOf(['moving', 'settled']);
      expect(line['mapCost']).to.be.within(0, 1);
    }
    expect(
      said.filter((line) =>
        /^epoch \d.*, maps: change ÷ floor \d+\.\d\d \(\d\.\d{3} ÷ \d\.\d{3}\), \d+\.\d % of the time$/.test(
          line,
        ),
      ),
    ).to.have.length(3);
    const folder = join(run, 'saliency', 'maps');
    expect(mapsFolder(folder).epochs).to.deep.equal([0, 1, 2, 3]);
    const [two, three] = [readMaps(folder, 2), readMaps(folder, 3)];
    expect(two.maps).to.have.length(6);
    expect(two.inViews).to.have.length(3);
    const { overFloor } = stepOverFloor(two, three).steps[0]!;
    expect(overFloor.spearman).to.be.closeTo(lines[2]!['changeOverFloor'] as number, 1e-12);
    expect(await readFile(join(run, 'report.html'), 'utf8')).to.include('Change over noise floor');
  });

  it('costs nothing where it is off: no maps, no figures', async () => {
    const run = scene.at('off');
    await train(recipe({ within: null }), { runFolder: run });
    expect(existsSync(join(run, 'saliency'))).to.equal(false);
    expect(Object.keys(epochsOf(run)[0]!).filter((key) => /^map|^change/.test(key))).to.deep.equal([]);
    // Looking changes nothing of what is learned.
    const plain = (of: string) => epochsOf(of).map(({ trainLoss, valLoss }) => [trainLoss, valLoss]);
    expect(plain(run)).to.deep.equal(plain(scene.at('run')));
  });

  it('stopped within an epoch and after one, it gives what an undisturbed run gives', async () => {
    const run = scene.at('stopped');
    const of = recipe({ images: 6 });
    expect(await trainUntil(/^before training/, of, run)).to.include({ finished: false, steps: 1 });
    expect(await trainUntil(/^epoch 1/, of, run, true)).to.include({ finished: false, epochs: 1 });
    expect(await trainUntil(/^resumed at epoch 2/, of, run, true)).to.include({ finished: false, steps: 4 });
    expect(await trainUntil(/never/, of, run, true)).to.include({ finished: true });
    expect(figuresOf(run)).to.deep.equal(figuresOf(scene.at('run')));
    const [own, other] = [run, scene.at('run')].map((folder) => join(folder, 'saliency', 'maps'));
    expect(await readdir(own!)).to.deep.equal(await readdir(other!));
    for (const name of await readdir(own!))
      expect(await readFile(join(own!, name)), name).to.deep.equal(await readFile(join(other!, name)));
  });

  it('looks at what is left to it as often as is cheap, and a run that goes on looks at the same', async () => {
    // 24 images cost 84 passes an epoch, 8 images and their views 32: every 2nd epoch would be 19 %, every 10th is 3.8 %.
    const of = recipe({ for: 1 }, { epochs: 21 });
    const [run, halted] = [scene.at('rarely'), scene.at('halted')];
    const { said } = await trainUntil(/never/, of, run);
    expect(said).to.include(
      'maps: 8 of 10 validation images after every 10 epochs, at most 4.1 % of the passes of training (schedule.stop.saliency.images and .every)',
    );
    const looked = epochsOf(run).flatMap((line) => ('mapImages' in line ? [line.epoch] : []));
    expect(looked).to.deep.equal([10, 20]);
    expect(mapsFolder(join(run, 'saliency', 'maps')).epochs).to.deep.equal([0, 10, 20]);
    expect(epochsOf(run)[19]!['changeOverFloor']).to.be.above(0);
    expect(await trainUntil(/^epoch 13/, of, halted)).to.include({ finished: false, epochs: 13 });
    await trainUntil(/^epoch 20/, of, halted, true);
    await trainUntil(/never/, of, halted, true);
    expect(figuresOf(halted)).to.deep.equal(figuresOf(run));
  });

  it('looks at nothing where no look would come, and warns of it', async () => {
    const run = scene.at('never');
    const { said } = await trainUntil(/never/, recipe({}), run);
    expect(said.join('\n')).to.include('warning: schedule.stop.saliency cannot say in this run');
    expect(existsSync(join(run, 'saliency'))).to.equal(false);
  });

  it('without the maps of the epoch before, that epoch has no quotient', async () => {
    const run = scene.at('lost');
    await trainUntil(/^epoch 1/, recipe({ images: 6 }), run);
    await rm(join(run, 'saliency', 'maps'), { recursive: true });
    await train(recipe({ images: 6 }), { runFolder: run, resume: true });
    const [, second, third] = epochsOf(run);
    expect(second).to.include({ changeOverFloor: null, mapVerdict: 'unknown' });
    expect(third!['changeOverFloor']).to.equal(epochsOf(scene.at('run'))[2]!['changeOverFloor']);
  });

  describe('where nothing moves', () => {
    const frozen = (saliency: object): Recipe =>
      recipe(
        { for: 2, every: 1, ...saliency },
        { epochs: 5 },
        { model: { weights: scene.at('tiny'), freezeNorm: true }, optimizer: { learningRate: 0 } },
      );

    it('says so once and goes on', async () => {
      const { said, epochs, stoppedEarly } = await trainUntil(/never/, frozen({}), scene.at('told'));
      expect(epochs).to.equal(5);
      expect(stoppedEarly).to.equal(undefined);
      expect(said.filter((line) => line.startsWith('the maps have settled'))).to.deep.equal([
        'the maps have settled: their change has been within 1.1 of the noise floor for 2 epochs; with schedule.stop.saliency.act: true the run would end here',
      ]);
    });

    it('ends the run where it may act, and says why; resumed with a longer wait it goes on', async () => {
      const run = scene.at('acts');
      const result = await trainUntil(/never/, frozen({ act: true }), run);
      const reason =
        'stopped early after epoch 2 of 5: the change of its maps has been within 1.1 of the noise floor for 2 epochs';
      expect(result).to.include({ finished: true, epochs: 2, stoppedEarly: reason });
      expect(result.said.at(-1)).to.equal(reason);
      expect(linesOf(run).at(-1)).to.include({ kind: 'summary', stoppedEarly: reason });
      const more = await train(frozen({ act: true, for: 4 }), { runFolder: run, resume: true });
      expect(more).to.include({ finished: true, epochs: 4 });
    });

    it('does not act where the learning rate has fallen, and says that the signal is confounded', async () => {
      const falls = recipe(
        { for: 2, act: true, within: 10, every: 1 },
        { epochs: 5, kind: 'step', every: 1, factor: 1e-6 },
        { optimizer: { learningRate: 0.1 } },
      );
      const { said, epochs } = await trainUntil(/never/, falls, scene.at('decayed'));
      expect(epochs).to.equal(5);
      const about = said.filter((line) => line.includes('confounded'));
      expect(about).to.have.length(1);
      expect(about[0]).to.include('no reason to stop');
      const verdicts = epochsOf(scene.at('decayed')).map((line) => line['mapVerdict']);
      expect(verdicts.slice(1)).to.deep.equal(Array(4).fill('confounded'));
    });
  });

  it('counts maps of zeros and has no figure where there is no other', async () => {
    const model = sequential({
      layers: [
        layers.conv2d({
          name: 'dead',
          filters: 4,
          kernelSize: 3,
          strides: 4,
          inputShape: [32, 32, 3],
          biasInitializer: initializers.constant({ value: -1e4 }),
        }),
        layers.reLU(),
        layers.globalAveragePooling2d({}),
        layers.dense({ units: 3 }),
      ],
    });
    await saveModel(model, scene.at('dead'), {
      preprocessing: { ...torchvisionPreprocessing, crop: 32, resize: 36 },
    });
    model.dispose();
    const { said } = await trainUntil(
      /never/,
      recipe({ images: 6, for: 1, act: true }, {}, { model: { weights: scene.at('dead') } }),
      scene.at('zeros'),
    );
    for (const line of epochsOf(scene.at('zeros')))
      expect(line).to.include({ changeOverFloor: null, mapFloor: null, mapZero: 6, mapVerdict: 'unknown' });
    expect(said.filter((line) => line.includes('6 of 6 without a map'))).to.have.length(3);
  });

  it('looks at vision transformers through Eigen-CAM', async () => {
    const { architecture, config } = architectureOf('vit_tiny_patch16_224');
    const sizes = { patch: 8, grid: 4, width: 8, depth: 2, heads: 2, hidden: 16 };
    const model = architecture.build({ ...config, ...sizes }, { classes: 3, seed: 3 });
    await saveModel(model, scene.at('vit'), {
      preprocessing: { ...torchvisionPreprocessing, crop: 32, resize: 36 },
    });
    model.dispose();
    await train(recipe({ images: 6 }, {}, { model: { weights: scene.at('vit') } }), {
      runFolder: scene.at('vit-run'),
    });
    const maps = readMaps(scene.at('vit-run', 'saliency', 'maps'), 3);
    expect(maps.maps[0]).to.include({ width: 4, height: 4 });
    for (const line of epochsOf(scene.at('vit-run'))) {
      expect(line['changeOverFloor']).to.be.above(0);
      expect(line['mapZero']).to.equal(0);
    }
  });

  it('holds no more memory with each look', async () => {
    const network = classifier(smallest([[1, 0], [0, 1], [1, 1]], [0, 0]).model, { layer: 'norm' }); // prettier-ignore
    const probe = noiseBatch(5, 2, 2);
    const { tfjs } = tensorCounts();
    const watch = mapWatch(network, probe, {
      preprocessing: identity,
      precision: 'float32',
      folder: scene.at('memory'),
      batchSize: 3,
    });
    const counts: object[] = [];
    for (let epoch = 0; epoch < 6; epoch++) {
      await watch.look(epoch, epoch - 1);
      counts.push(tensorCounts());
    }
    expect(counts.slice(2)).to.deep.equal(Array(4).fill(counts[2]));
    watch.dispose();
    expect(tensorCounts().tfjs).to.equal(tfjs);
    network.model.dispose();
  });
});
