import { expect } from 'chai';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { needsNative } from '../backend.js';
import { decodePicture } from '../../src/report/index.js';
import {
  compare,
  comparisonReport,
  openComparison,
  planDefaults,
  type ComparisonPlan,
  type RunResult,
} from '../../src/compare/index.js';
import { lockFolder } from '../../src/files/lock.js';
import type { Recipe } from '../../src/train/index.js';
import { loadRecipe } from '../../src/train/index.js';
import { errorOf } from '../data/folder.js';
import { linesOf } from '../train/support/metrics.js';
import { tensorCounts } from '../train/support/tensors.js';
import { type Scene, smallScene, tinyRecipe } from '../train/support/scene.js';

describe('compare', function () {
  let scene: Scene;
  let plan: ComparisonPlan<Recipe>;
  const silent = { update: () => undefined, log: () => undefined, finish: () => undefined };

  /** Compares, and asks to stop, as Ctrl-C does, when a line matches. */
  const run = async (folder: string, asked = plan, stopAt = /never/) => {
    const said: string[] = [];
    const log = (line: string): void => {
      said.push(line);
      if (stopAt.test(line)) process.emit('SIGTERM', 'SIGTERM');
    };
    const progress = ({ label }: { label: string }) => ({ ...silent, update: () => log(label) });
    const opened = await openComparison(folder, asked);
    const finished = await compare(opened, { folder, baseFolder: process.cwd(), log, progress });
    return { finished, said: said.filter((line) => /^run \d/.test(line)) };
  };
  /** What two comparisons of one plan share to the last digit: everything but the clock. */
  const figuresOf = async (folder: string) =>
    (await comparisonReport(folder)).results.map((result) => ({
      ...result,
      curve: result.curve.map(({ epoch, top1, loss }) => ({ epoch, top1, loss })),
    }));
  const resultOf = (results: RunResult[], arm: string, seed: number): RunResult =>
    results.find((result) => result.arm === arm && result.seed === seed)!;

  before(needsNative);
  before(async () => {
    scene = await smallScene();
    const recipe = tinyRecipe(scene, {
      // 8 × 8 positions in the target layer; the stage begins with the second epoch.
      stage: { enabled: true, groups: 4, blur: { size: 9, sigma: 8 }, layer: 'conv2', start: 1 },
      seed: 5,
    });
    plan = { ...planDefaults, arms: ['plain', 'lafam', 'random-mask'], seeds: [5, 6], recipe };
    const tensors = tensorCounts();
    const { finished, said } = await run(scene.at('whole'));
    expect(tensorCounts(), 'tensors after a comparison').to.deep.equal(tensors);
    expect(finished).to.equal(true);
    expect(said).to.have.length(6);
    expect(said[0]).to.equal('run 1 of 6: plain, seed 5');
    expect(said[5]).to.match(/^run 6 of 6: random-mask, seed 6, about \d+ min of training left$/);
  });
  after(() => scene.remove());

  it('is refused while another process works in the folder', async () => {
    const lock = await lockFolder(scene.at('whole'));
    const error = await errorOf(run(scene.at('whole')));
    expect(error.message).to.include(`whole: process ${process.pid} on `);
    const asked = { folder: scene.at('whole'), baseFolder: '', log: () => undefined, progress: () => silent };
    expect((await errorOf(compare(plan, asked))).message).to.equal(error.message);
    await lock.release();
  });

  it('trains every arm on the same images, crops, weights and number of steps', () => {
    for (const seed of [5, 6]) {
      const steps = plan.arms.map((arm) =>
        linesOf(scene.at('whole', arm, `seed-${seed}`)).flatMap((line) =>
          line.kind === 'step' ? [line] : [],
        ),
      );
      // Before the stage begins the arms are one and the same training, to the last digit.
      const [plain, ...others] = steps.map((lines) => lines.slice(0, 3).map(({ loss }) => loss));
      expect(plain).to.have.length(3);
      others.forEach((losses) => expect(losses).to.deep.equal(plain));
      expect(new Set(steps.map((lines) => lines[4]!.loss)).size, 'arms that differ').to.equal(3);
      expect(new Set(steps.map((lines) => lines.length))).to.deep.equal(new Set([6]));
    }
  });

  it('measures each image: the mean is the accuracy that the run itself found', async () => {
    const { results, start } = await comparisonReport(scene.at('whole'));
    expect(results).to.have.length(6);
    for (const { measured, curve } of results) {
      expect(measured.files).to.have.length(10);
      const mean = (column: readonly (number | null)[]) =>
        column.reduce<number>((sum, value) => sum + value!, 0) / column.length;
      expect(mean(measured.columns.top1)).to.be.closeTo(curve.at(-1)!.top1, 1e-9);
      expect(mean(measured.columns.loss)).to.be.closeTo(curve.at(-1)!.loss, 1e-4);
      for (const name of ['blurred', 'swapped', 'energyLafam', 'objectArea'] as const) {
        expect(measured.columns[name], name).to.have.length(10);
        measured.columns[name].forEach((value) => expect(value).to.be.within(0, 1));
      }
      expect(measured.columns.objectArea).to.deep.equal(start.measured.columns.objectArea);
      expect(curve.map(({ seconds }) => seconds)).to.satisfy(
        ([a, b, c]: number[]) => a === 0 && b! > 0 && c! > b!,
      );
    }
    expect(resultOf(results, 'plain', 5).measured.columns.loss).to.not.deep.equal(
      resultOf(results, 'lafam', 5).measured.columns.loss,
    );
  });

  it('says how it was done, and what each arm changes against plain', async () => {
    const { protocol, arms, done, planned } = await comparisonReport(scene.at('whole'));
    expect({ done, planned }).to.deep.equal({ done: 6, planned: 6 });
    expect(protocol).to.deep.include({ seeds: [5, 6], size: 32, steps: [6], imagesWithObject: 10 });
    expect(protocol['objects']).to.include('LaFAM of the starting network');
    expect(Object.keys(arms)).to.deep.equal(['plain', 'lafam', 'random-mask']);
    expect(arms['lafam']!.figures.top1.difference!.bySeed).to.have.length(2);
    expect(arms['plain']!.figures.top1.difference).to.equal(null);
  });

  it('draws the same training images as each arm shows them', async () => {
    const pictures = await Promise.all(
      plan.arms.map((arm) => decodePicture(scene.at('whole', arm, 'seed-5', 'stage.png'))),
    );
    pictures.forEach(({ width, height }) =>
      expect({ width, height }).to.deep.equal({ width: 6 * 32, height: 32 }),
    );
    const [plain, lafam, random] = pictures.map(({ pixels }) => pixels);
    const same = (one: Uint8Array, other: Uint8Array) =>
      one.filter((value, at) => Math.abs(value - other[at]!) <= 1).length / one.length;
    expect(same(plain!, lafam!)).to.be.within(0.2, 0.95);
    expect(same(lafam!, random!)).to.be.within(0.1, 0.95);
  });

  it('keeps the networks, and no checkpoints', async () => {
    const names = await readdir(scene.at('whole', 'lafam', 'seed-6'));
    expect(names).to.have.members([
      'about.json',
      'metrics.jsonl',
      'model',
      'recipe.yaml',
      'report.html',
      'result.json',
      'stage.png',
    ]);
  });

  it('gives the same outcomes to the last byte where the epochs on the way are not validated', async () => {
    const folder = scene.at('rare');
    const { schedule } = plan.recipe;
    const rare = {
      ...plan,
      seeds: [5],
      recipe: { ...plan.recipe, schedule: { ...schedule, validateEvery: 100 } },
    };
    expect((await run(folder, rare)).finished).to.equal(true);
    const resultIn = async (comparison: string, arm: string) =>
      JSON.parse(await readFile(scene.at(comparison, arm, 'seed-5', 'result.json'), 'utf8')) as RunResult;
    for (const arm of plan.arms) {
      const [one, every] = [await resultIn('rare', arm), await resultIn('whole', arm)];
      expect(JSON.stringify({ ...one, curve: [] })).to.equal(JSON.stringify({ ...every, curve: [] }));
      const points = ({ curve }: RunResult) => curve.map(({ epoch, top1, loss }) => ({ epoch, top1, loss }));
      expect(points(one)).to.deep.equal(points(every).filter(({ epoch }) => epoch !== 1));
      const networkIn = (comparison: string) => readdir(scene.at(comparison, arm, 'seed-5', 'model'));
      expect(await networkIn('rare')).to.deep.equal(await networkIn('whole'));
    }
    const { arms, protocol } = await comparisonReport(folder);
    for (const { figures } of Object.values(arms)) expect(figures.bestTop1.mean).to.equal(figures.top1.mean);
    expect(protocol['validations']).to.match(
      /^before training, after every 100 epochs and after the last epoch: /,
    );
  });

  it('goes on validated more rarely: what is done stays, and curves have the epochs that all runs know', async () => {
    const folder = scene.at('rarer');
    await cp(scene.at('whole'), folder, { recursive: true });
    await rm(join(folder, 'lafam', 'seed-5', 'result.json'));
    const { schedule } = plan.recipe;
    const rare = { ...plan, recipe: { ...plan.recipe, schedule: { ...schedule, validateEvery: 2 } } };
    const { finished, said } = await run(folder, rare);
    expect({ finished, runs: said.length }).to.deep.equal({ finished: true, runs: 1 });
    const { results } = await comparisonReport(folder);
    for (const { curve } of results) expect(curve.map(({ epoch }) => epoch)).to.deep.equal([0, 2]);
    const outcomes = async (of: string) =>
      (await comparisonReport(scene.at(of))).results.map(({ measured }) => measured);
    expect(await outcomes('rarer')).to.deep.equal(await outcomes('whole'));
  });

  it('does nothing again that is done', async () => {
    const before = await readFile(scene.at('whole', 'plain', 'seed-5', 'result.json'), 'utf8');
    const again = await run(scene.at('whole'));
    expect(again).to.deep.equal({ finished: true, said: [] });
    expect(await readFile(scene.at('whole', 'plain', 'seed-5', 'result.json'), 'utf8')).to.equal(before);
  });

  it('stopped in a run and while measuring, it goes on to the same figures', async () => {
    const folder = scene.at('stopped');
    const two = { ...plan, arms: ['plain', 'lafam'], seeds: [5] };
    expect((await run(folder, two, /^before training/)).finished).to.equal(false);
    const training = await run(folder, two, /^epoch 1\/2: /);
    expect(training.finished).to.equal(false);
    expect(existsSync(join(folder, 'plain', 'seed-5', 'result.json'))).to.equal(false);
    const measuring = await run(folder, two, /^measuring lafam, seed 5/);
    expect(measuring).to.deep.include({ finished: false });
    expect(existsSync(join(folder, 'lafam', 'seed-5', 'model'))).to.equal(true);
    expect(existsSync(join(folder, 'lafam', 'seed-5', 'result.json'))).to.equal(false);
    const last = await run(folder, two);
    expect(last.finished).to.equal(true);
    expect(last.said).to.have.length(1);
    expect(await figuresOf(folder)).to.deep.equal((await figuresOf(scene.at('whole'))).slice(0, 2));
  });

  it('adds an arm and a seed to what is there', async () => {
    const folder = scene.at('more');
    await cp(scene.at('whole'), folder, { recursive: true });
    const { finished, said } = await run(folder, { ...plan, arms: ['plain', 'blur-all'], seeds: [5] });
    expect(finished).to.equal(true);
    expect(said).to.have.length(2);
    expect((await figuresOf(folder)).filter(({ arm }) => arm !== 'blur-all')).to.deep.equal(
      await figuresOf(scene.at('whole')),
    );
  });

  it('takes the objects from boxes, where the recipe names some', async () => {
    const folder = scene.at('boxed');
    const file = scene.at('boxes.json');
    // The left half of every image but one, which has no box: two pixels of 48 are cut off by the view.
    const images = ['blue/00.png', 'blue/01.png', 'green/00.png', 'red/00.png'];
    await writeFile(
      file,
      JSON.stringify({
        images: images.map((name, id) => ({ id, file_name: name, width: 48, height: 48 })),
        annotations: [0, 1, 2].map((image) => ({ image_id: image, category_id: 1, bbox: [0, 0, 24, 48] })),
        categories: [{ id: 1, name: 'thing' }],
      }),
    );
    const recipe = { ...plan.recipe, data: { ...plan.recipe.data, valBoxes: file, limit: 2 } };
    await run(folder, { ...plan, arms: ['plain'], seeds: [5], recipe });
    const { results, protocol } = await comparisonReport(folder);
    const { files, columns } = results[0]!.measured;
    expect(protocol).to.include({ imagesWithObject: 3 });
    const area = (name: string) => columns.objectArea[files.indexOf(name)];
    expect(area('blue/00.png')).to.be.closeTo(0.5, 0.02);
    expect(area('red/00.png')).to.equal(null);
    expect(columns.swapped[files.indexOf('red/00.png')]).to.equal(null);
    expect(columns.energyLafam[files.indexOf('blue/00.png')]).to.be.within(0, 1);
  });

  it('draws: other training images, plain at equal cost, further images; what is there is not done again', async () => {
    const folder = scene.at('draws');
    const recipe = { ...plan.recipe, data: { ...plan.recipe.data, limit: 4 } };
    const also = { again: recipe.data.val as string };
    const asked = { ...plan, arms: ['plain', 'lafam'], seeds: [1, 2], control: null, draws: true, equalCost: true, also, recipe }; // prettier-ignore
    const { finished, said } = await run(folder, asked);
    expect(finished).to.equal(true);
    expect(said.slice(0, 2)).to.deep.equal(['run 1 of 2: plain, draw 1', 'run 2 of 2: lafam, draw 1, about 1 min of training left']); // prettier-ignore
    const report = await comparisonReport(folder);
    expect(report.unit).to.equal('draw');
    expect(report.control).to.match(/^plain(@\d+)?$/);
    expect(report.done).to.equal(report.planned);
    for (const result of report.results)
      expect(result.also!['again']!.files).to.deep.equal(result.measured.files);
    const [one, two] = [1, 2].map((draw) => loadRecipe(join(folder, 'plain', `seed-${draw}`, 'recipe.yaml')));
    expect((await one!).data.limitSeed).to.equal(1);
    expect((await two!).data.limitSeed).to.equal(2);
    expect((await run(folder, asked)).said).to.deep.equal([]);
  });

  describe('refuses', () => {
    it('a run that was begun with another recipe', async () => {
      const folder = scene.at('mixed');
      await cp(scene.at('whole'), folder, { recursive: true });
      await rm(join(folder, 'lafam', 'seed-5', 'result.json'));
      const path = join(folder, 'lafam', 'seed-5', 'recipe.yaml');
      await writeFile(path, (await readFile(path, 'utf8')).replace('momentum: 0.9', 'momentum: 0.8'));
      const error = await errorOf(run(folder));
      expect(error.message).to.match(
        /seed-5: this run was begun with another recipe \(optimizer.momentum: 0.9, not 0.8\)/,
      );
    });

    it('an arm that no machine has the memory for, before anything is measured', async () => {
      const folder = scene.at('large');
      const memory = { free: 1e6, total: 1e6 };
      const asked = {
        folder,
        baseFolder: process.cwd(),
        log: () => undefined,
        progress: () => silent,
        memory,
      };
      const error = await errorOf(compare(await openComparison(folder, plan), asked));
      expect(error.message).to.match(
        /^memory: expected a run that fits into the 0\.0 GB of this machine, found/,
      );
      expect(existsSync(join(folder, 'start.json'))).to.equal(false);
    });

    it('to report where nothing is done', async () => {
      const folder = scene.at('empty');
      await openComparison(folder, plan);
      expect((await errorOf(comparisonReport(folder))).message).to.match(
        /no run of this comparison is done yet$/,
      );
    });
  });
});
