import { expect } from 'chai';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeEvent } from '../../../src/log/event-message.js';
import { readRecords } from '../../../src/log/records.js';
import { completeRecipe } from '../../../src/train/recipe/index.js';
import { freshState, startLog } from '../../../src/train/run/index.js';

describe('startLog', () => {
  it('gives training and validation tags of one group, and the recipe as text', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'camtune-log-'));
    try {
      const recipe = completeRecipe({ data: { train: 'a', val: 'b' }, seed: 17 });
      const state = freshState({ dir: 'a', files: ['x/1.jpg'], classNames: ['x'], labels: Int32Array.of(0) });
      const log = await startLog(folder, { recipe, state, resumed: false, log: () => undefined });
      log.start({ kind: 'start', epoch: 0, step: 0, valLoss: 2, valTop1: 0.1, valTop5: 0.5 });
      log.step({ kind: 'step', step: 1, epoch: 1, loss: 1.5, learningRate: 0.1, imagesPerSecond: 9 });
      log.epoch({ kind: 'epoch', epoch: 1, step: 2, trainLoss: 1, trainTop1: 0.6, valLoss: 1.2, valTop1: 0.5, valTop5: 1, learningRate: 0.1, imagesPerSecond: 9 }); // prettier-ignore
      log.close();
      const file = (await readdir(folder)).find((name) => name.includes('tfevents'))!;
      const values = readRecords(await readFile(join(folder, file)))
        .map(decodeEvent)
        .flatMap(({ step, summary }) => (summary?.value ?? []).map((value) => ({ step, ...value })));
      const tags = (at: number) =>
        values.filter(({ step, tensor }) => (step ?? 0) === at && !tensor).map(({ tag }) => tag);
      expect(tags(0)).to.deep.equal(['loss/validation', 'top1/validation', 'top5/validation']);
      expect(tags(1)).to.deep.equal([
        'loss/step',
        'optimization/learning rate',
        'optimization/images per second',
      ]);
      expect(tags(2)).to.deep.equal([
        'loss/train',
        'top1/train',
        'loss/validation',
        'top1/validation',
        'top5/validation',
      ]);
      const text = values.find(({ tag }) => tag === 'recipe')!.tensor!.string_val[0]!;
      expect(Buffer.from(text).toString()).to.match(/^ {4}[^]*\n {4}seed: 17\n/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
