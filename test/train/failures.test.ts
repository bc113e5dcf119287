import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { cp, mkdir, readdir, rm, unlink, writeFile } from 'node:fs/promises';
import { needsNative } from '../backend.js';
import { lockFolder } from '../../src/files/lock.js';
import { train, type Recipe } from '../../src/train/index.js';
import { lastCheckpoint, writeCheckpoint } from '../../src/train/run/checkpoint.js';
import { freshState } from '../../src/train/run/run-state.js';
import { errorOf } from '../data/folder.js';
import { figuresOf, linesOf } from './support/metrics.js';
import { tensorCounts } from './support/tensors.js';
import { makeScene, type Scene, tinyRecipe, tinyResNet } from './support/scene.js';

describe('train, when something is wrong', () => {
  let scene: Scene;
  let runs = 0;
  const failing = async (recipe: Recipe, runFolder = scene.at(`run${runs++}`)) => {
    const error = await errorOf(train(recipe, { runFolder }));
    return { name: error.name, message: error.message, runFolder };
  };

  before(needsNative);
  beforeEach(async () => void (scene = await makeScene([1, 1, 1, 1])));
  afterEach(() => scene.remove());

  it('refuses a batch that no machine has the memory for, before it writes or reads an image', async () => {
    const recipe = tinyRecipe(scene);
    const { name, message, runFolder } = await failing({
      ...recipe,
      data: { ...recipe.data, batchSize: 1e8 },
    });
    expect(name).to.equal('InvalidInput');
    expect(message).to.match(
      /^memory: expected a run that fits into .* for batches of 100000000 images of \d+ px; lower data/,
    );
    expect(existsSync(`${runFolder}/about.json`)).to.equal(false);
  });

  describe('a loss that is not finite', () => {
    const wild = (learningRate = 1e30) => tinyRecipe(scene, { optimizer: { learningRate } });

    it('stops with the step and the files; the last checkpoint stays the one before', async () => {
      const runFolder = scene.at('run');
      await train(tinyRecipe(scene, { schedule: { epochs: 1 } }), { runFolder });
      const tensors = tensorCounts();
      const error = await errorOf(train(wild(), { runFolder, resume: true }));
      expect(error.name).to.equal('Failure');
      expect(error.message).to.match(
        /^step 5: expected a finite loss, found NaN on the batch (\w+\/\d\d\.png(, |; )){8}lower optimizer/,
      );
      expect(tensorCounts()).to.deep.equal(tensors);
      expect(linesOf(runFolder).flatMap((line) => Object.values(line) as unknown[])).to.not.include(null);
      const calmer = await train(tinyRecipe(scene), { runFolder, resume: true });
      expect(calmer).to.include({ finished: true, steps: 6 });
      expect(Number.isFinite(calmer.last!.valLoss)).to.equal(true);
    });

    it('saves no weights that are not finite, though the loss still is', async () => {
      // The first loss is finite, what its gradient does to the weights is not: the step's checkpoint would hold it.
      const recipe = { ...wild(1e38), checkpoint: { everyEpochs: 1, everySteps: 1, keep: 2 } };
      recipe.optimizer = { ...recipe.optimizer, headFactor: 1e3 };
      const { message, runFolder } = await failing(recipe);
      expect(message).to.match(
        /^step 1: expected finite weights, found NaN, infinity or more than 1e19; lower/,
      );
      expect(await readdir(runFolder)).to.not.include('checkpoints');
    });

    it('saves no weights whose loss is not finite, though they are', async () => {
      const recipe = { ...wild(1e14), checkpoint: { everyEpochs: 1, everySteps: 1, keep: 2 } };
      const { message, runFolder } = await failing(recipe);
      expect(message).to.match(
        /^expected a finite loss on the images of step 1 after that step, found (NaN|Infinity); lower/,
      );
      expect(await readdir(runFolder)).to.not.include('checkpoints');
    });

    it('does not pass the validation of a broken network for the best one', async () => {
      // One step an epoch: no second training loss shows it.
      const recipe = wild();
      const single = { ...recipe, data: { ...recipe.data, batchSize: 24 } };
      const { message, runFolder } = await failing(single);
      expect(message).to.match(
        /^step 1: expected finite weights, found NaN, infinity or more than 1e19; lower/,
      );
      expect(await readdir(runFolder)).to.not.include('checkpoints');
      expect(linesOf(runFolder).map(({ kind }) => kind)).to.not.include('epoch');
    });
  });

  describe('files that cannot be read', () => {
    it('in both folders are left out, counted and named', async () => {
      await writeFile(scene.at('train', 'red', '03.png'), 'no image');
      await writeFile(scene.at('val', 'red', '01.png'), '');
      const said: string[] = [];
      const runFolder = scene.at('run');
      const recipe = tinyRecipe(scene, { schedule: { epochs: 1 } });
      const { skipped } = await train(recipe, { runFolder, log: (line) => said.push(line) });
      expect(skipped.map(({ file }) => file)).to.have.members([
        scene.at('train', 'red', '03.png'),
        scene.at('val', 'red', '01.png'),
      ]);
      expect(said.filter((line) => line.startsWith('skipped '))).to.have.length(2);
      expect(linesOf(runFolder).at(-1)).to.deep.include({ kind: 'summary', skipped });
      expect(figuresOf(runFolder).at(-2)).to.include({ kind: 'epoch', images: 23 });
      expect(said.join('\n')).to.include('of 9 images');
    });

    it('stop the run where the recipe says so, or where they are too many', async () => {
      await writeFile(scene.at('train', 'red', '03.png'), 'no image');
      const strict = await failing(tinyRecipe(scene, { data: { onError: 'stop' } }));
      expect(strict.name).to.equal('Failure');
      expect(strict.message).to.include('red/03.png');
      expect((await failing(tinyRecipe(scene, { data: { maxErrorShare: 0.02 } }))).message).to.include(
        '1 of 24 images',
      );
    });

    it('may fill a whole batch, even the last of an epoch', async () => {
      // Batches of one: with accumulation the group that the file belongs to is one image short.
      await writeFile(scene.at('train', 'red', '03.png'), 'no image');
      const recipe = tinyRecipe(scene, {
        data: { batchSize: 1, maxErrorShare: 0.5 },
        optimizer: { accumulate: 5 },
        schedule: { epochs: 2 },
        model: { freezeNorm: true },
      });
      const { steps } = await train(recipe, { runFolder: scene.at('run') });
      // 23 images in groups of five: five steps an epoch, wherever the shuffled file was.
      expect(steps).to.equal(10);
      expect(figuresOf(scene.at('run')).filter((line) => 'images' in line)).to.have.length(2);
    });
  });

  describe('data that does not fit is wrong use', () => {
    const expectInvalid = async (pattern: RegExp): Promise<void> => {
      const { name, message, runFolder } = await failing(tinyRecipe(scene));
      expect(name).to.equal('InvalidInput');
      expect(message).to.match(pattern);
      expect(await errorOf(readdir(runFolder))).to.include({ code: 'ENOENT' });
    };

    it('a class in validation that training lacks', async () => {
      await cp(scene.at('val', 'red'), scene.at('val', 'yellow'), { recursive: true });
      await expectInvalid(/val: expected classes among blue, green, red, found "yellow"/);
    });

    it('a file', async () => {
      await rm(scene.at('train'), { recursive: true });
      await writeFile(scene.at('train'), 'image,label\n');
      await expectInvalid(
        /train: expected a folder with one folder of images a class, or a table of labels \(\.csv\), found a file/,
      );
    });

    it('one class', async () => {
      for (const name of ['blue', 'green']) await rm(scene.at('train', name), { recursive: true });
      await expectInvalid(/train: expected at least two classes/);
    });

    it('an empty class', async () => {
      await mkdir(scene.at('train', 'yellow'));
      await expectInvalid(/train: expected images .* in every class folder, found none in yellow/);
    });

    it('no classes', async () => {
      await rm(scene.at('train'), { recursive: true });
      await mkdir(scene.at('train'));
      await expectInvalid(/train: expected one folder of images a class, found no folders/);
    });
  });

  describe('the run folder', () => {
    it('may not be a file, nor lie below one', async () => {
      await writeFile(scene.at('file'), '');
      const first = await failing(tinyRecipe(scene), scene.at('file'));
      expect(first).to.include({ name: 'InvalidInput', message: `${scene.at('file')}: expected a folder for the run, found a file` }); // prettier-ignore
      expect((await failing(tinyRecipe(scene), scene.at('file', 'run'))).name).to.equal('InvalidInput');
    });

    it('has to be writable', async () => {
      // Linux takes no folders here, not even from root.
      const { name, message } = await failing(tinyRecipe(scene), '/sys/camtune');
      expect(name).to.equal('Failure');
      expect(message).to.match(
        /^\/sys\/camtune: expected a folder for the run that can be written, found: .+ \(E\w+\)$/,
      );
    });

    it('is refused while another process works in it, to a new run and to one that goes on', async () => {
      const runFolder = scene.at('busy');
      await train(tinyRecipe(scene, { schedule: { epochs: 1 } }), { runFolder });
      const before = linesOf(runFolder);
      const half = scene.at('busy', 'metrics.jsonl.1.0123abcd.tmp');
      await writeFile(half, 'what the other one is writing');
      const lock = await lockFolder(runFolder);
      const error = await errorOf(train(tinyRecipe(scene), { runFolder, resume: true }));
      expect(error.name).to.equal('Failure');
      expect(error.message).to.include(
        `busy: process ${process.pid} on ${hostname()} is at work in this folder`,
      );
      await rm(scene.at('busy', 'recipe.yaml'));
      expect((await failing(tinyRecipe(scene), runFolder)).message).to.include('is at work in this folder');
      expect(linesOf(runFolder)).to.deep.equal(before);
      expect(existsSync(half)).to.equal(true);
      await lock.release();
    });

    it('takes one of two runs that begin at once', async () => {
      const runFolder = scene.at('twice');
      const recipe = tinyRecipe(scene, { schedule: { epochs: 1 } });
      const both = await Promise.allSettled([train(recipe, { runFolder }), train(recipe, { runFolder })]);
      expect(both.map(({ status }) => status)).to.have.members(['fulfilled', 'rejected']);
      expect(linesOf(runFolder).map(({ kind }) => kind).join(' ')).to.equal('start step step step epoch summary'); // prettier-ignore
    });

    it('is not left behind by a run that could not begin', async () => {
      const recipe = tinyRecipe(scene, { model: { weights: scene.at('none') } });
      const { message, runFolder } = await failing(recipe);
      expect(message).to.equal(`${scene.at('none')}: expected weights (a file or a folder), found nothing`);
      expect(existsSync(runFolder)).to.equal(false);
    });

    it('below /proc is refused, where Node would try for ever', async () => {
      const { name, message } = await failing(tinyRecipe(scene), '/proc/camtune/run');
      expect(name).to.equal('Failure');
      expect(message).to.equal(
        '/proc/camtune/run: expected a folder for the run that can be written, found: no such file or directory (ENOENT), for /proc/camtune',
      );
    });

    it('that takes no checkpoint is named, and the run can go on when there is room', async () => {
      const runFolder = scene.at('full');
      await mkdir(runFolder);
      // A file where the folder of checkpoints has to be does what a full disk does.
      await writeFile(scene.at('full', 'checkpoints'), '');
      const { name, message } = await failing(tinyRecipe(scene), runFolder);
      expect(name).to.equal('Failure');
      expect(message).to.match(/checkpoints: .*(EEXIST|ENOTDIR|mkdir failed)/);
      await unlink(scene.at('full', 'checkpoints'));
      const again = await train(tinyRecipe(scene), { runFolder, resume: true });
      expect(again.finished).to.equal(true);
      expect(linesOf(runFolder).map(({ kind }) => kind).join(' ')).to.equal('start step step step epoch step step step epoch summary'); // prettier-ignore
    });
  });

  it('a checkpoint of a state that is broken is named', async () => {
    const runFolder = scene.at('broken');
    await train(tinyRecipe(scene, { schedule: { epochs: 1 } }), { runFolder });
    await writeFile(scene.at('broken', 'checkpoints', 'last', 'state.json'), '{');
    const error = await errorOf(train(tinyRecipe(scene), { runFolder, resume: true }));
    expect(error.message).to.match(/last\/state\.json: expected the state of a run, found no JSON/);
  });
});

describe('writeCheckpoint', () => {
  let scene: Scene;
  before(needsNative);
  before(async () => void (scene = await makeScene()));
  after(() => scene.remove());

  it('keeps the newest and the best, and points to both', async () => {
    const model = tinyResNet(3);
    const state = freshState({
      dir: '',
      classNames: ['a', 'b', 'c'],
      files: ['x'],
      labels: new Int32Array(1),
    });
    const folder = scene.at('checkpoints');
    expect(await lastCheckpoint(folder)).to.equal(undefined);
    for (const step of [1, 2, 3, 4, 10]) {
      const best = step === 2;
      await writeCheckpoint(
        folder,
        { ...state, step },
        { model, information: {}, slots: [] },
        { best, keep: 2 },
      );
    }
    expect((await readdir(folder)).sort()).to.deep.equal([
      'best',
      'last',
      'step-0000002-0-0',
      'step-0000004-0-0',
      'step-0000010-0-0',
    ]);
    expect(await lastCheckpoint(folder)).to.equal(scene.at('checkpoints', 'last'));
    model.dispose();
  });
});
