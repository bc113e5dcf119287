import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { metricsWriter, writeSnapshot } from '../../src/log/index.js';
import { camtune } from './camtune.js';

let run: string;

/** What the tests of a describe need; hooks outside of one would be those of every file in the process. */
function withRun(): void {
  before(async () => {
    run = mkdtempSync(join(tmpdir(), 'camtune-monitor-'));
    const metrics = metricsWriter(join(run, 'metrics.jsonl'));
    for (const [epoch, map] of [
      [1, [0, 0, 0, 1]],
      [2, [0, 0, 1, 1]],
    ] as const) {
      const figures = {
        trainLoss: 1,
        valLoss: 1,
        valTop1: 0.5,
        valTop5: 1,
        learningRate: 0.1,
        imagesPerSecond: 9,
      };
      metrics.write({ kind: 'epoch', epoch, step: epoch, ...figures });
      await writeSnapshot(join(run, 'saliency'), {
        epoch,
        step: epoch,
        images: new Uint8Array(12),
        imageShape: [1, 2, 2],
        maps: Float32Array.from(map),
        mapShape: [2, 2],
        masks: new Uint8Array(4),
        blended: new Uint8Array(12),
        files: ['a.jpg'],
        labels: ['a'],
      });
    }
    metrics.close();
  });

  after(() => rmSync(run, { recursive: true, force: true }));
}

describe('camtune monitor', function () {
  withRun();
  it('writes the report and prints how the maps changed', async () => {
    const table = await camtune('monitor', run);
    expect([table.status, table.stderr]).to.deep.equal([0, '']);
    const lines = table.stdout.trimEnd().split('\n');
    expect(lines[0]).to.match(/^epochs +images +IoU +Pearson +Spearman +mean difference$/);
    // One of two pixels above the mean was so before: IoU 1/2. The values: correlation 1/√3, one in four differs by 1.
    expect(lines[1]).to.match(/^1 to 2 +1 +0\.500 +0\.577 +0\.577 +0\.250$/);
    expect(lines[2]).to.equal(join(run, 'report.html'));
    expect(readFileSync(join(run, 'report.html'), 'utf8')).to.contain('How the maps change');
  });

  it('prints the same as JSON', async () => {
    const { stdout } = await camtune('monitor', run, '--json');
    const { report, convergence } = JSON.parse(stdout) as { report: string; convergence: { iou: number }[] };
    expect(report).to.equal(join(run, 'report.html'));
    expect(convergence).to.have.length(1);
    expect(convergence[0]).to.include({ from: 1, epoch: 2, images: 1, iou: 0.5 });
  });

  it('leaves out what is no run among several, with one note, and ends where none is one', async () => {
    const page = join(run, 'all.html');
    const some = await camtune('monitor', join(run, 'saliency'), run, join(run, 'model'), '--out', page);
    expect(some.status).to.equal(0);
    expect(some.stderr).to.equal(
      `left out, no runs (there is no metrics.jsonl): ${join(run, 'saliency')}, ${join(run, 'model')}\n`,
    );
    expect(some.stdout.trimEnd().split('\n').at(-1)).to.equal(page);
    const none = await camtune('monitor', join(run, 'saliency'), join(run, 'model'));
    expect(none.status).to.equal(2);
    expect(none.stderr).to.include('RUN: expected the folder of a run (with metrics.jsonl) among them');
  });

  it('says where there is no run', async () => {
    const { status, stderr } = await camtune('monitor', join(run, 'nowhere'));
    expect(status).to.equal(1);
    expect(stderr).to.match(/metrics\.jsonl: no such file; is this the folder of a run\?/);
  });
});
