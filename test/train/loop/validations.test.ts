import { expect } from 'chai';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { EpochLine } from '../../../src/log/index.js';
import { train, type Recipe } from '../../../src/train/index.js';
import { readState } from '../../../src/train/run/run-state.js';
import { needsNative } from '../../backend.js';
import { errorOf } from '../../data/folder.js';
import { figuresOf, linesOf } from '../support/metrics.js';
import { makeScene, type Scene, tinyRecipe } from '../support/scene.js';
import { tensorCounts } from '../support/tensors.js';

describe('train with schedule.validateEvery', () => {
  let scene: Scene;
  const recipe = (schedule: object = {}, changes: Parameters<typeof tinyRecipe>[1] = {}): Recipe =>
    tinyRecipe(scene, {
      schedule: { epochs: 5, kind: 'cosine', validateEvery: 2, ...schedule },
      model: { weights: scene.at('tiny'), ema: 0.9 },
      ...changes,
    });
  /** Trains until a line matches, then asks to stop as Ctrl-C does. */
  const trainUntil = async (pattern: RegExp, runFolder: string, of: Recipe, resume = false) => {
    const said: string[] = [];
    const labels: string[] = [];
    const log = (line: string): void => {
      said.push(line);
      if (pattern.test(line)) process.emit('SIGTERM', 'SIGTERM');
    };
    const silent = { update: () => undefined, log: () => undefined, finish: () => undefined };
    const progress = ({ label }: { label: string }) => (labels.push(label), silent);
    return { ...(await train(of, { runFolder, resume, log, progress })), said, labels };
  };
  const epochsOf = (run: string): EpochLine[] =>
    linesOf(run).flatMap((line) => (line.kind === 'epoch' ? [line] : []));
  const validated = (run: string): number[] =>
    epochsOf(run).flatMap(({ epoch, valLoss }) => (valLoss === null ? [] : [epoch]));
  const modelOf = (run: string): Promise<string[]> => readdir(join(run, 'model'));
  const values = ['valLoss', 'valTop1', 'valTop5'] as const;

  before(needsNative);
  before(async () => {
    scene = await makeScene();
    const tensors = tensorCounts();
    await train(recipe({ validateEvery: 1 }), { runFolder: scene.at('every') });
    const { said, labels, last, initial, best } = await trainUntil(/never/, scene.at('rare'), recipe());
    expect(tensorCounts(), 'tensors after a run').to.deep.equal(tensors);
    expect(said).to.include('validation: before training, after every 2 epochs and after the last epoch');
    expect(said.filter((line) => /^before training: validation loss/.test(line))).to.have.length(1);
    expect(said.filter((line) => /^epoch \d/.test(line)).map((line) => /validation loss/.test(line))).to.deep.equal([false, true, false, true, true]); // prettier-ignore
    expect(said.find((line) => line.startsWith('epoch 1/5'))).to.match(
      /^epoch 1\/5: train loss \d\.\d{3}, [\d.]+ images\/s$/,
    );
    expect(labels.filter((label) => label === 'validation')).to.have.length(4);
    expect(epochsOf(scene.at('rare')).at(-1)).to.include({ ...last });
    expect(initial).to.not.equal(null);
    expect([2, 4, 5]).to.include(best!.epoch);
  });
  after(async () => {
    process.exitCode = undefined;
    await scene.remove();
  });

  it('changes nothing of what is trained: lines and networks are those of a run that validates every epoch', async () => {
    const [rare, every] = [scene.at('rare'), scene.at('every')];
    const without = (run: string) =>
      figuresOf(run).flatMap((line) => {
        const { kind } = line as { kind: string };
        const trained = Object.entries(line).filter(([key]) => !values.some((name) => name === key));
        return kind === 'summary' ? [] : [Object.fromEntries(trained)];
      });
    expect(without(rare)).to.deep.equal(without(every));
    for (const [at, line] of epochsOf(rare).entries())
      if (validated(rare).includes(line.epoch))
        for (const name of values) expect(line[name]).to.equal(epochsOf(every)[at]![name]);
    expect(await modelOf(rare)).to.deep.equal(await modelOf(every));
  });

  it('has null in the lines of the other epochs, and the last validation in the summary', () => {
    const lines = epochsOf(scene.at('rare'));
    expect(validated(scene.at('rare'))).to.deep.equal([2, 4, 5]);
    expect(lines.map((line) => Object.keys(line))).to.deep.equal(
      epochsOf(scene.at('every')).map((line) => Object.keys(line)),
    );
    for (const name of values) expect(lines[0]![name]).to.equal(null);
    const { valLoss, valTop1, valTop5 } = lines.at(-1)!;
    expect(linesOf(scene.at('rare')).at(-1)).to.include({ kind: 'summary', valLoss, valTop1, valTop5 });
  });

  it('saves the best of the epochs that it validated, and all others when they are due', async () => {
    const checkpoints = scene.at('rare', 'checkpoints');
    const best = await readState(join(checkpoints, 'best'));
    expect(best.best!.epoch).to.equal(best.epoch);
    expect(validated(scene.at('rare'))).to.include(best.epoch);
    expect(await readlink(join(checkpoints, 'last'))).to.equal('step-0000015-5-0');
    expect(await readdir(checkpoints)).to.include('step-0000012-4-0');
  });

  it('stopped anywhere and resumed is the same to the last digit', async () => {
    const run = scene.at('stopped');
    expect(await trainUntil(/^before training/, run, recipe())).to.include({ finished: false, steps: 1 });
    const second = await trainUntil(/^epoch 1\/5/, run, recipe(), true);
    expect(second).to.include({ finished: false, epochs: 1 });
    expect(second.last).to.deep.equal(second.initial);
    const { said } = await trainUntil(/^epoch 3\/5/, run, recipe(), true);
    expect(said.some((line) => line.startsWith('after epoch'))).to.equal(false);
    expect(await trainUntil(/never/, run, recipe(), true)).to.include({ finished: true, epochs: 5 });
    expect(figuresOf(run)).to.deep.equal(figuresOf(scene.at('rare')));
    expect(await modelOf(run)).to.deep.equal(await modelOf(scene.at('rare')));
  });

  it('resumed with another number, that counts for the epochs to come', async () => {
    const run = scene.at('changed');
    await trainUntil(/^epoch 2\/5/, run, recipe({ validateEvery: 100 }));
    expect(validated(run)).to.deep.equal([]);
    await train(recipe({ validateEvery: 3 }), { runFolder: run, resume: true });
    expect(validated(run)).to.deep.equal([3, 5]);
    expect(await modelOf(run)).to.deep.equal(await modelOf(scene.at('every')));
  });

  it('validates a run that another recipe ends where it was not: summary, log and checkpoint have it', async () => {
    const run = scene.at('shortened');
    await trainUntil(/^epoch 3\/5/, run, recipe({ kind: 'constant' }));
    const { said, last, best, finished } = await trainUntil(/never/, run, recipe({ kind: 'constant', epochs: 3 }), true); // prettier-ignore
    expect(finished).to.equal(true);
    expect(said.at(-1)).to.match(
      /^after epoch 3: validation loss \d\.\d{3}, top-1 [\d.]+ %, top-5 [\d.]+ %$/,
    );
    await train(recipe({ kind: 'constant', epochs: 3 }), { runFolder: scene.at('short') });
    expect(last).to.include(Object.fromEntries(values.map((name) => [name, epochsOf(scene.at('short')).at(-1)![name]]))); // prettier-ignore
    expect(linesOf(run).at(-1)).to.include({ ...last });
    const saved = await readState(join(run, 'checkpoints', 'last'));
    expect(saved).to.deep.include({ last, best, epoch: 3 });
    const again = await trainUntil(/never/, run, recipe({ kind: 'constant', epochs: 3 }), true);
    expect(again.labels).to.not.include('validation');
  });

  it('with patience counts validations', async () => {
    // Nothing can improve: the weights stand still.
    const still = recipe(
      { epochs: 12, kind: 'constant', validateEvery: 3, stop: { metric: 'valLoss', patience: 2 } },
      { optimizer: { learningRate: 0 }, model: { weights: scene.at('tiny'), freezeNorm: true } },
    );
    const run = scene.at('early');
    const result = await trainUntil(/^epoch 7/, run, still);
    expect(result).to.include({ finished: false, epochs: 7 });
    const { stoppedEarly, epochs } = await trainUntil(/never/, run, still, true);
    expect(epochs).to.equal(9);
    expect(stoppedEarly).to.match(
      /^stopped early after epoch 9 of 12: validation loss has not improved in 2 validations, its best was \d\.\d{3} after epoch 3$/,
    );
    const few = { ...still, schedule: { ...still.schedule, validateEvery: 12 } };
    const { said } = await trainUntil(/^before training/, scene.at('few'), few);
    expect(said.join('\n')).to.include('warning: schedule.stop.metric cannot end this run early');
  });

  it('validates the epoch after which the maps end the run', async () => {
    const saliency = { within: 1e9, for: 2, act: true, images: 4 };
    const run = scene.at('maps');
    const settled = recipe({ kind: 'constant', validateEvery: 100, stop: { saliency } });
    const { stoppedEarly, epochs, last } = await trainUntil(/never/, run, settled);
    expect(stoppedEarly).to.match(/^stopped early after epoch 2 of 5: the change of its maps/);
    expect(validated(run)).to.deep.equal([epochs]);
    expect(epochsOf(run).at(-1)).to.include({ ...last });
    expect(linesOf(run).at(-1)).to.include({ kind: 'summary', ...last });
  });

  it('saves no weights whose loss is not finite after an epoch that it does not validate', async () => {
    const deep = await makeScene([1, 1, 1, 1]);
    // One step an epoch: no second training loss shows it.
    const wild = recipe(
      { kind: 'constant' },
      {
        data: { ...tinyRecipe(scene).data, batchSize: 24 },
        optimizer: { learningRate: 1e14 },
        model: { weights: deep.at('tiny') },
      },
    );
    const error = await errorOf(train(wild, { runFolder: scene.at('wild') }));
    expect(error.message).to.match(
      /^expected a finite loss on the images of step 1 after that step, found (NaN|Infinity); lower/,
    );
    expect(await readdir(scene.at('wild'))).to.not.include('checkpoints');
    const wilder = { ...wild, optimizer: { ...wild.optimizer, learningRate: 1e30 } };
    expect((await errorOf(train(wilder, { runFolder: scene.at('wilder') }))).message).to.match(
      /^step 1: expected finite weights/,
    );
    expect(epochsOf(scene.at('wilder'))).to.deep.equal([]);
    await deep.remove();
  });

  it('draws gaps in the report: no zeros, nothing that is not a number', async () => {
    const html = await readFile(scene.at('rare', 'report.html'), 'utf8');
    expect(html).to.include('top-1 after epoch 5');
    const points = /"name":"top-1","points":(\[\[.*?\]\])/.exec(html)![1]!;
    expect((JSON.parse(points) as [number, number][]).map(([epoch]) => epoch)).to.deep.equal([0, 2, 4, 5]);
  });
});
