import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { camtune } from '../camtune.js';

const shared = resolve(import.meta.dirname, '../../../../shared');
const weights = join(shared, 'goldens/models/tiny-resnet/model.json');
const data = join(shared, 'data/coco');

describe('camtune evaluate', function () {
  it('refuses a metric that does not exist, naming those that do', async () => {
    const { status, stderr, stdout } = await camtune('evaluate', 'niceness', '--weights', 'x', '--data', 'y');
    expect(status).to.equal(2);
    expect(stderr).to.include('METRIC: expected insertion-deletion, pointing-game, sanity');
    expect(stdout).to.equal('');
  });

  if (!existsSync(weights)) {
    it.skip('there is no ../shared/goldens beside this checkout');
    return;
  }

  it('prints the report as JSON, keeps results, and starts from them', async () => {
    const out = await mkdtemp(join(tmpdir(), 'camtune-evaluate-'));
    try {
      const asked = [
        'evaluate',
        'insertion-deletion',
        '--weights',
        weights,
        '--data',
        data,
        '--layer',
        'last_conv_out',
      ];
      const options = ['--method', 'lafam,random', '--limit', '3', '--batch', '2', '--out', out];
      const { status, stdout, stderr } = await camtune(...asked, ...options, '--json');
      if (/setup/.test(stderr) && status === 1) this.ctx.skip(); // no native runtime here
      expect(status, stderr).to.equal(0);
      const report = JSON.parse(stdout) as {
        protocol: Record<string, unknown>;
        images: number;
        methods: Record<string, Record<string, { mean: number; low: number; high: number }>>;
      };
      expect(report.images).to.equal(3);
      expect(Object.keys(report.methods)).to.deep.equal([
        'lafam',
        'random',
        'random-coarse',
        'center-gaussian',
      ]);
      for (const figures of Object.values(report.methods)) {
        expect(Object.keys(figures)).to.deep.equal(['insertion', 'deletion', 'overall']);
        expect(Object.keys(figures.overall!)).to.deep.equal(['mean', 'low', 'high']);
      }
      expect(report.protocol).to.include({ metric: 'insertion-deletion', pixelsPerStep: 512 });
      expect(await readdir(out)).to.have.members([
        'images.jsonl',
        'report.json',
        'results.csv',
        'insertion.svg',
        'deletion.svg',
      ]);
      const lines = await readFile(join(out, 'images.jsonl'), 'utf8');
      const again = await camtune(...asked, ...options, '--reference', 'lafam');
      expect(again.status, again.stderr).to.equal(0);
      expect(again.stdout).to.match(
        /\nminus lafam, on the same images; mean \[95 % interval\]\nmethod +insertion/,
      );
      expect(await readFile(join(out, 'differences.csv'), 'utf8')).to.match(
        /^method,insertion,[^]*\nrandom,/,
      );
      expect(again.stdout).to.match(
        /^insertion-deletion, 3 images; mean \[95 % interval\]\nmethod +insertion/,
      );
      expect(await readFile(join(out, 'images.jsonl'), 'utf8')).to.equal(lines);
    } finally {
      await rm(out, { recursive: true });
    }
  });
});
