import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { arms } from '../../src/augment/index.js';
import {
  armRecipe,
  chooseArms,
  holdsComparison,
  openComparison,
  planDefaults,
  plannedRuns,
  readPlan,
  seedsFrom,
} from '../../src/compare/index.js';
import { completeRecipe, differences } from '../../src/train/recipe/index.js';
import { errorOf, inFolder } from '../data/folder.js';

const recipe = completeRecipe({
  data: { train: 'a', val: 'b', trainBoxes: 'boxes.json' },
  stage: { probability: 0.5, start: 2 },
  seed: 3,
});

describe('chooseArms', () => {
  it('puts plain first, and each arm once', () => {
    expect(chooseArms(['lafam', 'cam', 'lafam'], false)).to.deep.equal(['plain', 'lafam', 'cam']);
    expect(chooseArms(['lafam', 'plain'], false)).to.deep.equal(['plain', 'lafam']);
  });

  it('names the nearest arm', () => {
    expect(() => chooseArms(['group_cams'], false)).to.throw(/found "group_cams"; did you mean group-cam\?$/);
    expect(() => chooseArms(['constructor'], false)).to.throw(
      '--arms: expected names among plain, group-cam',
    );
  });

  it('refuses boxes without boxes', () => {
    expect(() => chooseArms(['boxes'], false)).to.throw(
      /^arm boxes: .*set data.trainBoxes, or leave out boxes$/,
    );
    expect(chooseArms(['boxes'], true)).to.deep.equal(['plain', 'boxes']);
  });
});

describe('plannedRuns', () => {
  it('goes seed by seed', () => {
    const runs = plannedRuns('out', { arms: ['plain', 'lafam'], seeds: seedsFrom(3, 2) });
    expect(runs.map(({ folder }) => folder)).to.deep.equal(
      ['plain/seed-3', 'lafam/seed-3', 'plain/seed-4', 'lafam/seed-4'].map((path) => join('out', path)),
    );
    expect(runs.map(({ seed }) => seed)).to.deep.equal([3, 3, 4, 4]);
  });

  it('changes nothing but the stage from arm to arm, for every arm there is', () => {
    const plain = armRecipe({ recipe, draws: false }, 'plain', 5);
    expect(differences(plain, recipe)).to.have.members([
      'stage.enabled: false, not true',
      'log.saliency: false, not true',
      'seed: 5, not 3',
    ]);
    for (const arm of Object.keys(arms)) {
      const ofArm = armRecipe({ recipe, draws: false }, arm, 5);
      const changed = differences(ofArm, plain);
      const beyond = { 'mask-tune': ['schedule.finalEpochs: 1, not 0'], 'boxes-swap-tenth': ['data.boxShare: 0.1, not 1'] }; // prettier-ignore
      expect(changed.filter((difference) => !difference.startsWith('stage.'))).to.deep.equal(
        beyond[arm as keyof typeof beyond] ?? [],
      );
      if (arm !== 'plain') expect(changed.join()).to.include('stage.enabled: true, not false');
      if (arm !== 'mask-tune') expect(ofArm.stage).to.include({ probability: 0.5, start: 2 });
    }
  });

  it('mask-tune hides in the last epoch alone, whatever their number', () => {
    const { stage, schedule } = armRecipe({ recipe, draws: false }, 'mask-tune@7', 5);
    expect(stage).to.deep.include({ start: 6, probability: 1, threshold: { deviations: 2 } });
    expect(schedule).to.include({ epochs: 7, finalEpochs: 1 });
  });

  it('gives an arm the epochs behind its @, and refuses others', () => {
    expect(armRecipe({ recipe, draws: false }, 'plain@12', 5).schedule.epochs).to.equal(12);
    expect(chooseArms(['plain@12', 'lafam'], false, 'plain@12')).to.deep.equal(['plain@12', 'lafam']);
    for (const name of ['plain@', 'plain@0', 'plain@1.5', 'plain@2@3', 'plain@-1']) {
      expect(() => chooseArms([name], false), name).to.throw(
        '--arms: expected epochs after the @, as in plain@12',
      );
    }
    expect(() => chooseArms(['plane@12'], false)).to.throw('did you mean plain?');
  });

  it('draws: folders of each draw, or other images of one folder', () => {
    const named = { ...recipe, data: { ...recipe.data, train: 'sets/{draw}/train', val: 'sets/{draw}/val', trainBoxes: null } }; // prettier-ignore
    const { data } = armRecipe({ recipe: named, draws: true }, 'plain', 4);
    expect(data).to.include({ train: 'sets/4/train', val: 'sets/4/val', limitSeed: null });
    const limited = { ...recipe, data: { ...recipe.data, limit: 5 } };
    expect(armRecipe({ recipe: limited, draws: true }, 'plain', 4).data).to.include({
      train: 'a',
      limitSeed: 4,
    });
    expect(() => armRecipe({ recipe, draws: true }, 'plain', 4)).to.throw(
      /^--draws: expected data.limit, .*or put \{draw\} into data.train/,
    );
  });
});

describe('folder of a comparison', () => {
  const plan = { ...planDefaults, arms: ['plain', 'lafam'], seeds: [3, 4], recipe };

  it('keeps the plan, and adds arms and seeds to it', () =>
    inFolder({}, async (folder) => {
      expect(holdsComparison(folder)).to.equal(false);
      await openComparison(folder, plan);
      expect(await readPlan(folder)).to.deep.equal(plan);
      await writeFile(join(folder, 'start.json'), '{}');
      const more = await openComparison(folder, { ...plan, arms: ['plain', 'cam'], seeds: [3, 4, 5] });
      expect(more).to.deep.equal({
        ...planDefaults,
        arms: ['plain', 'lafam', 'cam'],
        seeds: [3, 4, 5],
        recipe,
      });
      expect(await readPlan(folder)).to.deep.equal(more);
    }));

  it('refuses another recipe in a sentence, and stays as it is', () =>
    inFolder({}, async (folder) => {
      await openComparison(folder, plan);
      await writeFile(join(folder, 'start.json'), '{}');
      const before = await readFile(join(folder, 'compare.yaml'), 'utf8');
      const other = { ...plan, recipe: { ...recipe, optimizer: { ...recipe.optimizer, learningRate: 0.5 } } };
      const error = await errorOf(openComparison(folder, other));
      expect(error.name).to.equal('InvalidInput');
      expect(error.message).to.match(
        /goes on with its own recipe, and this one has optimizer.learningRate: 0.5, not .*; name another folder with --out$/,
      );
      expect(await readFile(join(folder, 'compare.yaml'), 'utf8')).to.equal(before);
    }));

  it('goes on validated more rarely, which changes no outcome; not more often, and not where it may end a run', () =>
    inFolder({}, async (folder) => {
      const every = (validateEvery: number, stop = recipe.schedule.stop) => ({
        ...plan,
        recipe: { ...recipe, schedule: { ...recipe.schedule, validateEvery, stop } },
      });
      await openComparison(folder, plan);
      await writeFile(join(folder, 'start.json'), '{}');
      expect(await openComparison(folder, every(5))).to.deep.equal(every(5));
      expect(await readPlan(folder)).to.deep.equal(every(5));
      expect((await errorOf(openComparison(folder, plan))).message).to.include(
        'this one has schedule.validateEvery: 1, not 5',
      );
      const stop = { ...recipe.schedule.stop, metric: 'valLoss' as const };
      await openComparison(join(folder, 'ends'), every(1, stop));
      await writeFile(join(folder, 'ends', 'start.json'), '{}');
      expect((await errorOf(openComparison(join(folder, 'ends'), every(5, stop)))).message).to.include(
        'this one has schedule.validateEvery: 5, not 1',
      );
    }));

  it('refuses another control or other draws once something is measured', () =>
    inFolder({}, async (folder) => {
      await openComparison(folder, plan);
      await writeFile(join(folder, 'start.json'), '{}');
      for (const other of [
        { control: 'lafam' },
        { draws: true },
        { also: { same: 'x' } },
        { equalCost: true, control: null },
      ]) {
        expect((await errorOf(openComparison(folder, { ...plan, ...other }))).message).to.match(
          new RegExp(`this one has .*${Object.keys(other)[0]}`),
        );
      }
    }));

  it('reads plans of before there were controls and draws', () =>
    inFolder({}, async (folder) => {
      await openComparison(folder, plan);
      const path = join(folder, 'compare.yaml');
      const text = await readFile(path, 'utf8');
      await writeFile(path, text.replace(/^(control|draws|equalCost|also):.*\n/gm, ''));
      expect(await readPlan(folder)).to.deep.equal(plan);
    }));

  it('takes another recipe where nothing was measured yet: the first one may not have worked', () =>
    inFolder({}, async (folder) => {
      await openComparison(folder, { ...plan, arms: ['plain', 'cam'], recipe: { ...recipe, seed: 9 } });
      expect(await openComparison(folder, plan)).to.deep.equal(plan);
    }));

  it('says when its plan is damaged', () =>
    inFolder({}, async (folder) => {
      await writeFile(join(folder, 'compare.yaml'), 'arms: 3');
      expect((await errorOf(readPlan(folder))).message).to.match(
        /compare.yaml: expected arms, seeds and a recipe/,
      );
    }));

  it('has no pipes among its files', () =>
    inFolder({}, async (folder) => {
      execFileSync('mkfifo', [join(folder, 'compare.yaml')]);
      const refusal = (name: string): string =>
        `${join(folder, name)}: expected a regular file, found a pipe`;
      expect(() => holdsComparison(folder)).to.throw(refusal('compare.yaml'));
      execFileSync('mkfifo', [join(folder, 'start.json')]);
      expect((await errorOf(openComparison(folder, plan))).message).to.equal(refusal('start.json'));
    }));
});
