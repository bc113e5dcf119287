import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { needsNative } from '../backend.js';
import { differenceCell, meanCell, seedsCell, signed, verdict } from '../../src/compare/page/cells.js';
import { meanCurve } from '../../src/compare/page/curves.js';
import { forestPlot } from '../../src/compare/page/forest.js';
import { comparisonMarkdown } from '../../src/compare/page/markdown.js';
import { comparisonPage } from '../../src/compare/page/page.js';
import { protocolRows } from '../../src/compare/page/protocol.js';
import { type ComparisonReport, summarize } from '../../src/compare/index.js';
import { completeRecipe, recipeToYaml } from '../../src/train/recipe/index.js';
import { inFolder } from '../data/folder.js';
import { resultOf } from './results.js';
import { smallScene, tinyRecipe } from '../train/support/scene.js';
import { camtune } from '../cli/camtune.js';

/** A finished comparison of two arms. */
function reportOf(seeds: number[]): ComparisonReport {
  const results = seeds.flatMap((seed) => [
    resultOf('plain', seed, { top1: [1, 0, 0, 1], curve: [0.4, 0.5] }),
    resultOf('lafam', seed, { top1: [1, 1, 0, 1], curve: [0.5, 0.75], secondsAnEpoch: 15 }),
  ]);
  const summaries = summarize(results);
  return {
    recipe: completeRecipe({ data: { train: 'a', val: 'b' } }),
    protocol: { seeds, size: 224, objects: 'LaFAM', weights: 'x' },
    start: {
      notes: [],
      layer: 'layer4',
      device: 'cpu',
      images: { train: 8, val: 4 },
      classNames: ['cat', 'dog'],
      objects: 'lafam',
      measured: results[0]!.measured,
    },
    done: results.length,
    planned: results.length + 1,
    results,
    control: 'plain',
    unit: 'seed',
    also: [],
    arms: {
      plain: { ...summaries['plain']!, summary: 'no stage', stagePicture: null },
      lafam: {
        ...summaries['lafam']!,
        summary: 'mean <activation>',
        stagePicture: '/x/lafam/seed-0/stage.png',
      },
    },
  };
}

describe('cells of a comparison', () => {
  const figure = {
    mean: 0.8321,
    sd: 0.012,
    bySeed: [0.82, 0.844],
    difference: {
      mean: -0.004,
      low: -0.0123,
      high: 0.0004,
      bySeed: [0.005, -0.013],
      student: { low: -0.118, high: 0.11, p: 0.73 },
      holm: 0.73,
    },
  };

  it('are percentages with the scatter of the seeds, and differences with sign and interval', () => {
    expect(meanCell(figure, 'share')).to.equal('83.2 ± 1.2');
    expect(meanCell({ ...figure, sd: null }, 'share')).to.equal('83.2');
    expect(meanCell({ ...figure, mean: -0.021, sd: null }, 'share')).to.equal('−2.1');
    expect(differenceCell(figure, 'share')).to.equal('−0.4 [−1.2, 0.0]');
    expect(seedsCell(figure, 'share')).to.equal('+0.5, −1.3');
    expect(meanCell({ ...figure, mean: 125 }, 'seconds')).to.equal('2 min 05 s');
    expect(signed(0.0000001, 'share')).to.equal('0.0');
  });

  it('say better or worse only where the interval leaves out 0, and of one seed nothing', () => {
    const of = (low: number, high: number, student: [number, number] | null = [low, high], holm = 0.01) =>
      verdict({
        ...figure,
        difference: {
          mean: 0,
          low,
          high,
          bySeed: [0, 0],
          student: student && { low: student[0], high: student[1], p: holm },
          holm,
        },
      });
    expect(verdict(figure)).to.equal('no difference shown');
    expect(of(0.01, 0.02)).to.equal('better');
    expect(of(-0.02, -0.01)).to.equal('worse');
    expect(of(0.01, 0.02, null)).to.equal('open: one seed');
    expect(of(0.01, 0.02, [-0.01, 0.04])).to.equal('no difference shown');
    expect(of(0.01, 0.02, [0.01, 0.02], 0.06)).to.equal('open: not after correction');
    expect(verdict({ ...figure, difference: null })).to.equal('–');
  });

  it('put a protocol in words', () => {
    expect(
      protocolRows({ meanObjectArea: 0.46437, data: { train: 'a', images: [1, 2] }, layer: null }),
    ).to.deep.equal([
      ['mean object area', '0.464'],
      ['data', 'train: a; images: 1, 2'],
      ['layer', 'none'],
    ]);
  });
});

describe('figures of a comparison', () => {
  it('forest plot: a row an arm, its interval, a ring for each seed, the line of plain', () => {
    const difference = {
      mean: 0.01,
      low: -0.01,
      high: 0.03,
      bySeed: [0, 0.02, null],
      student: null,
      holm: null,
    };
    const rows = [
      { name: 'cam', difference },
      { name: 'plain', difference: null },
    ];
    const svg = forestPlot(rows, 'plain')!;
    expect(svg.match(/<rect/g)).to.have.length(1);
    expect(svg.match(/<circle/g)).to.have.length(2);
    expect(svg).to.include('cam: +1.0 points');
    expect(svg).to.include('>+2<').and.to.include('>−1<');
    expect(forestPlot([], 'plain')).to.equal(undefined);
  });

  it('curves: the mean of the seeds by epoch', () => {
    const runs = [
      resultOf('cam', 0, { top1: [1], curve: [0.4, 0.5] }),
      resultOf('cam', 1, { top1: [1], curve: [0.6, 0.7] }),
    ];
    expect(meanCurve(runs)).to.deep.equal([
      [0, 0],
      [1, 0.5],
      [2, 0.6],
    ]);
  });
});

describe('report of a comparison', () => {
  it('is a page that loads nothing and says what, how and how sure', async () => {
    const report = reportOf([0, 1, 2]);
    report.arms['lafam']!.stagePicture = null;
    const html = await comparisonPage('shoes', report);
    expect(html).to.include('<h1>shoes</h1>').and.to.include('6 of 7 runs done');
    for (const part of ['What each arm trains on', 'Does it classify better?', 'What does it cost?', 'Does it lean on the background?', 'Does it look at the object?', 'How to read the intervals', 'Protocol']) expect(html).to.include(part); // prettier-ignore
    expect(html).to.include('mean &lt;activation&gt;');
    expect(html).to.include('<td>75.0 ± 0.0</td><td>+25.0 [0.0, +75.0]</td>');
    expect(html).to.not.match(/(src|href)="(?!data:)/);
    expect(html).to.not.match(/NaN|undefined|null/);
  });

  it('is the same in Markdown, with pictures relative to the folder', () => {
    const text = comparisonMarkdown('shoes', '/x', reportOf([0, 1, 2]));
    expect(text).to.include('![](lafam/seed-0/stage.png)');
    expect(text).to.match(
      /\| lafam \| 75\.0 ± 0\.0 \| \+25\.0 \[.*\] \| \[\+25\.0, \+25\.0\] \| < 0\.001 \| no difference shown \| \+25\.0, \+25\.0, \+25\.0 \|/,
    );
    expect(text).to.match(/\| lafam \| 30 s \| 1\.50 \| /);
    expect(text).to.include('3 seeds are few').and.to.include('6 of 7 runs are done');
    expect(text).to.not.match(/NaN|undefined|null/);
  });

  it('says that one seed leaves open how seeds scatter', () => {
    const text = comparisonMarkdown('shoes', '/x', reportOf([0]));
    expect(text)
      .to.include('How much another seed would change is unknown')
      .and.to.include('| open: one seed |');
  });
});

describe('camtune compare', function () {
  it('lists the arms', async () => {
    const { status, stdout } = await camtune('compare', '--list');
    expect(status).to.equal(0);
    expect(stdout)
      .to.match(/^plain +no stage/)
      .and.to.match(/\nboxes .*\(needs data.trainBoxes\)\n/);
  });

  it('refuses in a sentence: no recipe, an unknown arm, boxes without boxes', async () => {
    await inFolder({ 'r.yaml': 'data: { train: a, val: b }' }, async (dir) => {
      const said = async (...args: string[]) => {
        const { status, stderr, stdout } = await camtune('compare', ...args);
        expect(status, stderr).to.equal(2);
        expect(stdout).to.equal('');
        return stderr;
      };
      const [recipe, out] = [join(dir, 'r.yaml'), join(dir, 'out')];
      expect(await said()).to.include(
        'RECIPE: expected a recipe file, or --out with the folder of a comparison',
      );
      expect(await said(recipe, '--out', out, '--arms', 'lafan')).to.match(
        /found "lafan"; did you mean lafam\?\n$/,
      );
      expect(await said(recipe, '--out', out, '--arms', 'boxes')).to.include('set data.trainBoxes');
      expect(existsSync(out)).to.equal(false);
    });
  });

  it('compares, prints one JSON document, writes the report, and finds all of it again', async function () {
    await needsNative.call(this);
    const scene = await smallScene();
    try {
      const recipe = tinyRecipe(scene, {
        stage: { blur: { size: 9, sigma: 8 }, layer: 'conv2' },
        schedule: { epochs: 1 },
      });
      await writeFile(scene.at('shapes.yaml'), recipeToYaml(recipe));
      const out = scene.at('out');
      const asked = ['compare', scene.at('shapes.yaml'), '--arms', 'lafam', '--seeds', '1', '--out', out];
      const { status, stdout, stderr } = await camtune(...asked, '--json');
      expect(status, stderr).to.equal(0);
      expect(stderr).to.include('plain is added').and.to.include('run 2 of 2: lafam, seed 0');
      const { protocol, arms } = JSON.parse(stdout) as Pick<ComparisonReport, 'protocol' | 'arms'>;
      expect(protocol).to.deep.include({
        arms: ['plain', 'lafam'],
        seeds: [0],
        runs: { done: 2, planned: 2 },
      });
      expect(Object.keys(arms)).to.deep.equal(['plain', 'lafam']);
      expect(arms['lafam']!.figures.top1.difference!.bySeed).to.have.length(1);
      expect(await readdir(out)).to.have.members([
        'compare.yaml',
        'lafam',
        'plain',
        'report.html',
        'report.md',
        'results.csv',
        'start.json',
      ]);
      expect((await readFile(join(out, 'results.csv'), 'utf8')).trimEnd().split('\n')).to.have.length(3);
      expect(await readFile(join(out, 'report.html'), 'utf8')).to.match(/<img alt="" src="data:image\/webp/);

      const again = await camtune('compare', '--out', out);
      expect(again.status, again.stderr).to.equal(0);
      expect(again.stderr).to.not.include('run 1 of 2');
      expect(again.stdout).to.match(/\nlafam +\d.* open: one seed /);
      const other = await camtune(...asked, '--set', 'schedule.epochs=3');
      expect(other.status).to.equal(2);
      expect(other.stderr).to.include(
        'this one has schedule.epochs: 3, not 1; name another folder with --out',
      );
    } finally {
      await scene.remove();
    }
  });
});
