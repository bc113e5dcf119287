import { expect } from 'chai';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { needsNative } from '../../backend.js';
import { loadModel } from '../../../src/models/index.js';
import { train, type Recipe } from '../../../src/train/index.js';
import { errorOf } from '../../data/folder.js';
import { figuresOf, linesOf } from '../support/metrics.js';
import { tensorCounts } from '../support/tensors.js';
import { makeScene, type Scene, tinyRecipe } from '../support/scene.js';

describe('train, with AdamW, averaged weights and early stopping', () => {
  let scene: Scene;
  before(needsNative);
  before(async () => void (scene = await makeScene()));
  after(() => scene.remove());

  /** Trains until a line matches, then asks to stop as Ctrl-C does. */
  const trainUntil = async (pattern: RegExp, runFolder: string, recipe: Recipe, resume = false) => {
    const said: string[] = [];
    const log = (line: string): void => {
      said.push(line);
      if (pattern.test(line)) process.emit('SIGTERM', 'SIGTERM');
    };
    return { ...(await train(recipe, { runFolder, resume, log })), said };
  };

  describe('AdamW, the average, sampling, class weights, distortions and mixing', () => {
    const augment = {
      erasing: 0.5,
      jitter: { brightness: 0.4, saturation: 0.4, hue: 0.1 },
      policy: { name: 'rand-augment', magnitude: 5 },
      mixup: 0.2,
      cutmix: 1,
    };
    const recipeWith = (ema: number | null): Recipe =>
      tinyRecipe(scene, {
        model: { weights: scene.at('tiny'), ema },
        data: {
          ...tinyRecipe(scene).data,
          batchSize: 4,
          sampling: 'balanced',
          classWeights: { red: 3 },
          augment,
        },
        optimizer: { name: 'adamw', learningRate: 0.01, accumulate: 2, layerFactors: { 'layer1*': 0.1 } },
        schedule: { epochs: 2, kind: 'constant' },
        checkpoint: { everySteps: 2 },
      });
    const weightsIn = async (folder: string): Promise<Map<string, number[]>> => {
      const { model } = await loadModel(folder);
      const found = new Map(
        model.weights.map((weight) => [weight.originalName, Array.from(weight.read().dataSync())]),
      );
      model.dispose();
      return found;
    };

    before(async () => {
      const tensors = tensorCounts();
      await train(recipeWith(0.9), { runFolder: scene.at('averaged') });
      expect(tensorCounts()).to.deep.equal(tensors);
    });

    it('stopped within an epoch and resumed give what an undisturbed run gives, bit by bit', async () => {
      const run = scene.at('stopped');
      expect(await trainUntil(/^before training/, run, recipeWith(0.9))).to.include({ steps: 1 });
      expect(await trainUntil(/never/, run, recipeWith(0.9), true)).to.include({ finished: true, steps: 6 });
      expect(figuresOf(run)).to.deep.equal(figuresOf(scene.at('averaged')));
      // The files' names hold a hash of the weights.
      expect(await readdir(join(run, 'model'))).to.deep.equal(await readdir(scene.at('averaged', 'model')));
      const [one, other] = await Promise.all(
        [run, scene.at('averaged')].map((folder) =>
          readFile(join(folder, 'checkpoints', 'last', 'momentum.bin')),
        ),
      );
      expect(one!.equals(other!)).to.equal(true);
    });

    it('trains as without the average, but validates and saves the average', async () => {
      await train(recipeWith(null), { runFolder: scene.at('plain') });
      const trained = (run: string) =>
        linesOf(scene.at(run)).flatMap((line) => (line.kind === 'step' ? [line.loss] : []));
      expect(trained('averaged')).to.deep.equal(trained('plain'));
      const validated = (run: string) =>
        linesOf(scene.at(run)).flatMap((line) => (line.kind === 'epoch' ? [line.valLoss] : []));
      validated('averaged').forEach((loss, at) => expect(loss).to.not.equal(validated('plain')[at]));
      const [saved, plain] = [
        await weightsIn(scene.at('averaged', 'model')),
        await weightsIn(scene.at('plain', 'model')),
      ];
      // Running statistics are averaged too.
      for (const name of ['conv1/kernel', 'bn1/moving_mean', 'fc/bias'])
        expect(saved.get(name), name).to.not.deep.equal(plain.get(name));
      expect(await weightsIn(scene.at('averaged', 'checkpoints', 'last'))).to.deep.equal(saved);
    });

    it('refuse to be resumed as another optimizer or without the average', async () => {
      const refusal = async (recipe: Recipe) =>
        (await errorOf(train(recipe, { runFolder: scene.at('averaged'), resume: true }))).message;
      expect(await refusal(recipeWith(null))).to.include('model.ema: null, not 0.9');
      const sgd = recipeWith(0.9);
      sgd.optimizer.name = 'sgd';
      expect(await refusal(sgd)).to.include('optimizer.name: "sgd", not "adamw"');
    });
  });

  describe('early stopping', () => {
    /** Nothing can improve: the weights stand still. */
    const recipe = (): Recipe =>
      tinyRecipe(scene, {
        model: { weights: scene.at('tiny'), freezeNorm: true },
        optimizer: { learningRate: 0 },
        schedule: { epochs: 6, kind: 'constant', stop: { metric: 'valLoss', patience: 2 } },
        checkpoint: { everyEpochs: 5 },
      });
    const reason =
      /^stopped early after epoch 3 of 6: validation loss has not improved for 2 epochs, its best was \d\.\d{3} after epoch 1$/;

    it('ends the run, which is then finished, and says why: log, result, metrics, report', async () => {
      const run = scene.at('early');
      const result = await trainUntil(/never/, run, recipe());
      expect(result).to.include({ finished: true, epochs: 3, steps: 9 });
      expect(result.stoppedEarly).to.match(reason);
      expect(result.said.at(-1)).to.equal(result.stoppedEarly);
      const summary = linesOf(run).at(-1)!;
      expect(summary).to.include({ kind: 'summary', stoppedEarly: result.stoppedEarly });
      expect(await readFile(join(run, 'report.html'), 'utf8')).to.include(
        '3 epochs, finished: stopped early after epoch 3 of 6',
      );
      expect(await readdir(run)).to.include('model');
      expect(await readdir(join(run, 'checkpoints'))).to.include('step-0000009-3-0');
    });

    it('resumed stays finished; stopped by hand on the way it ends at the same epoch', async () => {
      const before = figuresOf(scene.at('early'));
      expect(await train(recipe(), { runFolder: scene.at('early'), resume: true })).to.include({ finished: true, epochs: 3 }); // prettier-ignore
      expect(figuresOf(scene.at('early'))).to.deep.equal(before);
      const run = scene.at('early-stopped');
      expect(await trainUntil(/^epoch 2/, run, recipe())).to.include({ finished: false, epochs: 2 });
      expect(await trainUntil(/never/, run, recipe(), true)).to.include({ finished: true, epochs: 3 });
      expect(figuresOf(run)).to.deep.equal(before);
    });

    it('goes on with more patience', async () => {
      const more = recipe();
      more.schedule.stop.patience = 4;
      const result = await train(more, { runFolder: scene.at('early'), resume: true });
      expect(result).to.include({ finished: true, epochs: 5 });
    });
  });
});
