import { expect } from 'chai';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { comparisonReport } from '../../../src/compare/index.js';
import { recipeToYaml } from '../../../src/train/index.js';
import { tinyRecipe } from '../../train/support/scene.js';
import { camtune } from '../camtune.js';
import { secondKilled, started } from '../started.js';
import { suiteScene } from '../suite-scene.js';

describe('camtune compare --processes', () => {
  let asked: string[];
  const scene = suiteScene(async (scene) => {
    const recipe = tinyRecipe(scene, {
      model: { weights: scene.at('tiny') },
      stage: { enabled: true, groups: 4, blur: { size: 9, sigma: 8 }, layer: 'conv2', start: 1 },
    });
    await writeFile(scene.at('recipe.yaml'), recipeToYaml(recipe));
    asked = ['compare', scene.at('recipe.yaml'), '--arms', 'plain,random-mask'];
  });

  /** What two comparisons have in common to the last digit: everything but the clock. */
  const figuresOf = async (folder: string) =>
    (await comparisonReport(folder)).results.map(({ arm, seed, curve, measured }) => ({
      ...{ arm, seed, measured },
      curve: curve.map(({ epoch, top1, loss }) => ({ epoch, top1, loss })),
    }));

  it('gives the results of one process, also when a worker died in between', async () => {
    const [one, two] = [scene.at('one'), scene.at('two')];
    const alone = await started(...asked, '--seeds', '2', '--out', one).ended;
    expect(alone.status, alone.stderr).to.equal(0);

    const run = started(...asked, '--seeds', '2', '--out', two, '--processes', '2');
    const stderr = await secondKilled(run, () =>
      existsSync(scene.at('two', 'plain', 'seed-0', 'metrics.jsonl')),
    );
    expect(stderr).to.match(
      /^camtune: rank 1 of 2 \(.*\) was ended by SIGKILL.* and the same command goes on$/m,
    );

    const again = await started(...asked, '--seeds', '2', '--out', two, '--processes', '2', '--json').ended;
    expect(again.status, again.stderr).to.equal(0);
    expect(JSON.parse(again.stdout)).to.have.property('arms');
    expect(again.stderr).to.match(/^compare {2}4\/4 runs/m);
    expect(await figuresOf(two)).to.deep.equal(await figuresOf(one));
    const { protocol, results } = await comparisonReport(two);
    expect(results.some(({ processes }) => processes === 2)).to.equal(true);
    expect(protocol['times']).to.include('up to 2 runs at once');
  });

  it('times the first seed alone where the control is to cost the same', async () => {
    const out = scene.at('cost');
    const { status, stderr } = await started(
      ...asked,
      ...['--seeds', '2', '--out', out, '--processes', '2', '--equal-cost'],
    ).ended;
    expect(status, stderr).to.equal(0);
    const first = ['plain', 'random-mask'].map(
      (arm) => JSON.parse(readFileSync(scene.at('cost', arm, 'seed-0', 'result.json'), 'utf8')) as object,
    );
    first.forEach((result) => expect(result).to.not.have.property('processes'));
    expect(stderr.indexOf('equal cost: ')).to.be.above(
      stderr.indexOf('random-mask 0: begins on rank 0 of 1'),
    );
    expect(stderr).to.match(/random-mask 1: begins on rank \d of 2/);
  });

  it('refuses more processes than runs', async () => {
    const args = ['--seeds', '1', '--out', scene.at('refused'), '--processes', '3'];
    const { status, stderr } = await camtune(...asked, ...args);
    expect(status).to.equal(2);
    expect(stderr).to.include('camtune: --processes: expected at most 2, the runs, found 3');
  });
});
