import { expect } from 'chai';
import { cp, mkdir, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { needsNative } from '../../backend.js';
import { train, type Recipe } from '../../../src/train/index.js';
import { readState } from '../../../src/train/run/run-state.js';
import { errorOf } from '../../data/folder.js';
import { figuresOf } from '../support/metrics.js';
import { tensorCounts } from '../support/tensors.js';
import { makeScene, type Scene, tinyRecipe } from '../support/scene.js';

describe('train, stopped and resumed', () => {
  let scene: Scene;
  /** Everything that has a position: shuffling, crops, stage, accumulation, momentum, schedule, warm-up. */
  let recipe: Recipe;

  /** Trains until a line matches, then asks to stop as Ctrl-C does. */
  const trainUntil = async (pattern: RegExp, runFolder: string, resume = false, of = recipe) => {
    const said: string[] = [];
    const log = (line: string): void => {
      said.push(line);
      // The listeners of the signal alone: the process of the tests itself is not signalled.
      if (pattern.test(line)) process.emit('SIGTERM', 'SIGTERM');
    };
    return { ...(await train(of, { runFolder, resume, log })), said };
  };

  /** What some ways of copying do: one link is gone, the other one has become a folder. */
  const loseLinks = async (checkpoints: string): Promise<void> => {
    const best = join(checkpoints, await readlink(join(checkpoints, 'best')));
    await rm(join(checkpoints, 'last'));
    await rm(join(checkpoints, 'best'));
    await cp(best, join(checkpoints, 'best'), { recursive: true });
  };

  before(needsNative);
  before(async () => {
    scene = await makeScene();
    await writeFile(scene.at('train', 'red', '03.png'), 'no image');
    recipe = tinyRecipe(scene, {
      data: { batchSize: 4 },
      // LaFAM: no queries, so that the many runs of these tests trace little.
      stage: { enabled: true, method: 'lafam', probability: 0.5, layer: 'layer2_0_relu' },
      optimizer: { accumulate: 2, clipNorm: 1, labelSmoothing: 0.1 },
      schedule: { epochs: 3, kind: 'cosine', warmupEpochs: 0.5 },
    });
    const { finished } = await train(recipe, { runFolder: scene.at('undisturbed') });
    expect(finished).to.equal(true);
  });
  after(() => scene.remove());

  it('stops after the step, saves, and goes on to the same figures; each time it is asked, even from a copy', async () => {
    const run = scene.at('stopped');
    const first = await trainUntil(/^before training/, run);
    expect(first).to.include({ finished: false, epochs: 0, steps: 1 });
    expect(first.said.at(-1)).to.equal('stopped at step 1');
    expect(await readdir(run)).to.not.include('model');
    const second = await trainUntil(/^epoch 1\/3/, run, true);
    expect(second.said[0]).to.equal('resumed at epoch 1, step 1');
    expect(second).to.include({ finished: false, epochs: 1, steps: 3 });
    await loseLinks(join(run, 'checkpoints'));
    const third = await trainUntil(/never/, run, true);
    expect(third.said[0]).to.equal('resumed at epoch 2, step 3');
    expect(third).to.include({ finished: true, epochs: 3, steps: 9 });
    expect(figuresOf(run)).to.deep.equal(figuresOf(scene.at('undisturbed')));
    expect(await readlink(join(run, 'checkpoints', 'last'))).to.equal('step-0000009-3-0');
    const again = await trainUntil(/never/, run, true);
    expect(again.said[0]).to.equal(
      'all 3 epochs are trained already; --set schedule.epochs=N goes on to the Nth',
    );
    // The final models are the same to the last bit: their files' names hold a hash of the weights.
    expect(await readdir(join(run, 'model'))).to.deep.equal(await readdir(scene.at('undisturbed', 'model')));
  });

  it('names unreadable files in the summary once, whenever it met them', () => {
    const summary = figuresOf(scene.at('stopped')).at(-1) as { skipped: { file: string; reason: string }[] };
    expect(summary.skipped.map(({ file }) => file)).to.deep.equal([scene.at('train', 'red', '03.png')]);
  });

  it('stops between epochs where an epoch is a single step', async () => {
    const single = { ...recipe, data: { ...recipe.data, batchSize: 24 }, optimizer: { ...recipe.optimizer, accumulate: 1 } }; // prettier-ignore
    const result = await trainUntil(/^before training/, scene.at('single'), false, single);
    expect(result).to.include({ finished: false, epochs: 1, steps: 1 });
  });

  it('a finished run resumed stays what it is', async () => {
    const run = scene.at('finished');
    await cp(scene.at('undisturbed'), run, { recursive: true, verbatimSymlinks: true });
    const before = figuresOf(run);
    const tensors = tensorCounts();
    expect(await train(recipe, { runFolder: run, resume: true })).to.include({ finished: true, steps: 9 });
    expect(figuresOf(run)).to.deep.equal(before);
    expect(tensorCounts()).to.deep.equal(tensors);
  });

  it('goes on for more epochs when asked, from the weights it has', async () => {
    const run = scene.at('longer');
    await cp(scene.at('undisturbed'), run, { recursive: true, verbatimSymlinks: true });
    const longer = { ...recipe, schedule: { ...recipe.schedule, epochs: 4 } };
    expect(await train(longer, { runFolder: run, resume: true })).to.include({
      finished: true,
      epochs: 4,
      steps: 12,
    });
    expect(figuresOf(run).slice(0, -5)).to.deep.equal(figuresOf(scene.at('undisturbed')).slice(0, -1));
    expect(await readFile(join(run, 'recipe.yaml'), 'utf8')).to.include('epochs: 4');
  });

  it('goes on from a checkpoint that does not count skipped steps yet', async () => {
    const run = scene.at('older');
    expect(await trainUntil(/^epoch 1\/3/, run)).to.include({ finished: false, steps: 3 });
    const file = join(run, 'checkpoints', 'last', 'state.json');
    const older = (await readFile(file, 'utf8')).replaceAll(/ *"skippedSteps": 0,\n/g, '');
    await writeFile(file, older);
    expect((await readState(join(run, 'checkpoints', 'last'))).sums.skippedSteps).to.equal(0);
    await train(recipe, { runFolder: run, resume: true });
    expect(figuresOf(run)).to.deep.equal(figuresOf(scene.at('undisturbed')));
    const newest = await readFile(file, 'utf8');
    expect(older).to.not.include('skippedSteps');
    // Neither of them knows a scale: nothing was scaled.
    expect([newest.match(/"skippedSteps": 0/g)?.length, /lossScale/.test(newest)]).to.deep.equal([2, false]);
  });

  it('clears away what a kill has left half-written', async () => {
    const run = scene.at('leftovers');
    await cp(scene.at('undisturbed'), run, { recursive: true, verbatimSymlinks: true });
    const left = [
      'recipe.yaml.77.0123abcd.tmp',
      'checkpoints/.step-0000009-3-0.0123abcd.tmp',
      'model/model.json.1.00000000.tmp',
    ];
    for (const name of left) await mkdir(join(run, name), { recursive: true });
    await train(recipe, { runFolder: run, resume: true });
    expect((await readdir(run, { recursive: true })).filter((name) => name.includes('.tmp'))).to.deep.equal(
      [],
    );
  });

  describe('refuses', () => {
    const refused = async (changed: Recipe): Promise<string> => {
      const run = scene.at('undisturbed');
      const before = figuresOf(run);
      const error = await errorOf(train(changed, { runFolder: run, resume: true }));
      expect(error.name).to.equal('InvalidInput');
      expect(figuresOf(run)).to.deep.equal(before);
      return error.message;
    };

    it('another batch size, seed or accumulation: images and batches would shift', async () => {
      expect(await refused({ ...recipe, data: { ...recipe.data, batchSize: 8 }, seed: 3 })).to.equal(
        `${scene.at('undisturbed')}: a run cannot be resumed with another data.batchSize: 8, not 4; seed: 3, not 0; ` +
          'undo that, or begin a new run',
      );
      expect(await refused({ ...recipe, optimizer: { ...recipe.optimizer, accumulate: 3 } })).to.include('accumulate: 3, not 2'); // prettier-ignore
      expect(await refused({ ...recipe, model: { ...recipe.model, freezeNorm: true } })).to.include('freezeNorm: true, not false'); // prettier-ignore
    });

    it('images that came or went', async () => {
      await cp(scene.at('train', 'red', '00.png'), scene.at('train', 'red', 'new.png'));
      expect(await refused(recipe)).to.equal(
        `${scene.at('train')}: expected the 24 images that the run began with, found 25`,
      );
      await rm(scene.at('train', 'red', 'new.png'));
    });

    it('other classes, instead of a new head in silence', async () => {
      await cp(scene.at('train', 'red'), scene.at('train', 'yellow'), { recursive: true });
      expect(await refused(recipe)).to.match(
        /train: expected the classes that the run began with \(blue, green, red\), found .*yellow/,
      );
      await rm(scene.at('train', 'yellow'), { recursive: true });
    });

    it('to begin a new run over an old one', async () => {
      const error = await errorOf(train(recipe, { runFolder: scene.at('undisturbed') }));
      expect(error.message).to.match(/expected a folder without a run, found "recipe.yaml"; resume that run/);
    });
  });
});
