import { expect } from 'chai';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeEvent } from '../../../src/log/event-message.js';
import { readRecords } from '../../../src/log/records.js';
import { completeRecipe } from '../../../src/train/recipe/index.js';
import { hyperparametersOf } from '../../../src/train/run/hyperparameters.js';
import { freshState, startLog } from '../../../src/train/run/index.js';

describe('startLog', () => {
  it('groups what training and validation give in two folders, recipe and hyperparameters above them', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'camtune-log-'));
    try {
      const recipe = completeRecipe({ data: { train: 'a', val: 'b' }, seed: 17 });
      const state = freshState({ dir: 'a', files: ['x/1.jpg'], classNames: ['x'], labels: Int32Array.of(0) });
      const log = await startLog(folder, { recipe, state, resumed: false, log: () => undefined });
      log.start({ kind: 'start', epoch: 0, step: 0, valLoss: 2, valTop1: 0.1, valTop5: 0.5 });
      log.step({ kind: 'step', step: 1, epoch: 1, loss: 1.5, learningRate: 0.1, imagesPerSecond: 9 });
      log.epoch({ kind: 'epoch', epoch: 1, step: 2, trainLoss: 1, trainTop1: 0.6, valLoss: 1.2, valTop1: 0.5, valTop5: 1, learningRate: 0.1, imagesPerSecond: 9, changeOverFloor: null, mapChange: 0.25, mapFloor: null, mapZero: 3 }); // prettier-ignore
      await log.finish({});
      log.close();
      const valuesIn = async (...names: string[]) => {
        const events = join(folder, 'tensorboard', ...names);
        const file = (await readdir(events)).find((name) => name.includes('tfevents'))!;
        return readRecords(await readFile(join(events, file)))
          .map(decodeEvent)
          .flatMap(({ step = 0, summary }) => (summary?.value ?? []).map((value) => ({ step, ...value })));
      };
      const tagsIn = async (...names: string[]) =>
        (await valuesIn(...names)).map(({ step, tag }) => `${step} ${tag}`);
      expect(await tagsIn('train')).to.deep.equal([
        '1 loss/step',
        '1 optimization/learning rate',
        '1 optimization/images per second',
        '2 loss/train',
        '2 accuracy/top1',
      ]);
      expect(await tagsIn('validation')).to.deep.equal([
        '0 loss/validation',
        '0 accuracy/top1',
        '0 accuracy/top5',
        '2 loss/validation',
        '2 accuracy/top1',
        '2 accuracy/top5',
        '2 saliency/change',
        '2 saliency/zero maps',
      ]);
      expect(await tagsIn()).to.deep.equal([
        '0 recipe',
        '0 _hparams_/session_start_info',
        '0 _hparams_/session_end_info',
      ]);
      const text = (await valuesIn())[0]!.tensor!.string_val![0]!;
      expect(Buffer.from(text).toString()).to.match(/^ {4}[^]*\n {4}seed: 17\n/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('an epoch that was not validated', () => {
  it('is a line with null, and no point of a curve in TensorBoard', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'camtune-log-'));
    try {
      const recipe = completeRecipe({ data: { train: 'a', val: 'b' } });
      const state = freshState({ dir: 'a', files: ['x/1.jpg'], classNames: ['x'], labels: Int32Array.of(0) });
      const log = await startLog(folder, { recipe, state, resumed: false, log: () => undefined });
      log.epoch({ kind: 'epoch', epoch: 1, step: 2, trainLoss: 1, valLoss: null, valTop1: null, valTop5: null, learningRate: 0.1, imagesPerSecond: 9 }); // prettier-ignore
      log.close();
      expect(await readFile(join(folder, 'metrics.jsonl'), 'utf8')).to.include(
        '"valLoss":null,"valTop1":null,"valTop5":null',
      );
      const events = join(folder, 'tensorboard', 'validation');
      const [file] = await readdir(events);
      const found = readRecords(await readFile(join(events, file!))).map(decodeEvent);
      expect(found.flatMap(({ summary }) => summary?.value ?? [])).to.deep.equal([]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('hyperparametersOf', () => {
  it('is a flat table of what decides on the weights', () => {
    const found = hyperparametersOf(
      completeRecipe({ data: { train: 'a', val: 0.2 }, model: { freeze: ['conv1*'] } }),
    );
    expect(found).to.include({
      'data.train': 'a',
      'data.val': 0.2,
      'data.augment.scale': '[0.08,1]',
      'model.freeze': '["conv1*"]',
      'optimizer.name': 'sgd',
      'stage.enabled': true,
      seed: 0,
    });
    expect(Object.keys(found).filter((key) => /^(log|checkpoint)|weights|\.ema$/.test(key))).to.deep.equal(
      [],
    );
  });
});
