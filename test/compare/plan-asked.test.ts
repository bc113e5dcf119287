import { expect } from 'chai';
import { join } from 'node:path';
import { openComparison, planAsked, usualArms, type PlanRequest } from '../../src/compare/index.js';
import { usual } from '../../src/cli/commands/compare.js';
import { errorOf } from '../data/folder.js';
import { withFiles } from '../train/recipe/folder.js';

const recipe = 'data: { train: a, val: b, limit: 5 }\nseed: 3\n';

describe('planAsked', () => {
  /** The plan that somebody asks for, with the recipe of above. */
  const asked = (request: Omit<PlanRequest, 'recipe'>, said: string[] = []) =>
    withFiles({ 'r.yaml': recipe }, async (folder) => {
      const { plan } = await planAsked({ recipe: join(folder, 'r.yaml'), ...request }, (line) =>
        said.push(line),
      );
      return plan;
    });

  it('has defaults: the usual arms against plain, three seeds from that of the recipe on', async () => {
    const { recipe: own, ...plan } = await asked({});
    const nothing = { draws: false, equalCost: false, also: {} };
    expect(plan).to.deep.equal({ arms: usualArms, seeds: [3, 4, 5], control: 'plain', ...nothing });
    expect(own.seed).to.equal(3);
    expect(usual.split(',')).to.deep.equal(usualArms);
  });

  it('adds the control to the arms, and says so', async () => {
    const said: string[] = [];
    const plan = await asked({ arms: ['lafam'], control: 'cam', draws: 2, set: ['seed=0'] }, said);
    expect(plan).to.deep.include({ arms: ['cam', 'lafam'], seeds: [1, 2], draws: true });
    expect(said).to.deep.equal(['cam is added: the other arms are compared with it']);
  });

  it('goes on as the folder says', () =>
    withFiles({ 'r.yaml': recipe }, async (folder) => {
      const out = join(folder, 'out');
      const request = {
        recipe: join(folder, 'r.yaml'),
        folder: out,
        arms: ['plain'],
        seeds: 1,
        also: ['x=y'],
      };
      const first = await planAsked(request, () => undefined);
      await openComparison(out, first.plan);
      expect(await planAsked({ folder: out }, () => undefined)).to.deep.equal(first);
      const { plan } = await planAsked({ folder: out, seeds: 2 }, () => undefined);
      expect(plan).to.deep.equal({ ...first.plan, seeds: [3, 4] });
    }));

  it('refuses what excludes each other, and names that stand there twice', async () => {
    const refusal = async (request: Omit<PlanRequest, 'recipe'>) => (await errorOf(asked(request))).message;
    expect(await refusal({ draws: 1, seeds: 1 })).to.match(/^--draws: expected not together with --seeds/);
    expect(await refusal({ equalCost: true, control: 'lafam' })).to.match(
      /^--control: expected not together/,
    );
    expect(await refusal({ also: ['=x'] })).to.equal('--also: expected NAME=DIR, found "=x"');
    expect(await refusal({ also: ['a=x', 'a=y'] })).to.equal('--also: expected each name once, found "a"');
    const nothing = planAsked({}, () => undefined);
    expect((await errorOf(nothing)).message).to.match(/^RECIPE: expected a recipe file, or --out/);
    const alone = planAsked({ folder: 'nowhere', set: ['seed=1'] }, () => undefined);
    expect((await errorOf(alone)).message).to.match(/^--set: expected the recipe that it changes/);
  });
});
