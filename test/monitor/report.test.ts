import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeNpy, label, lineChart as chart, ticks } from '../../src/report/index.js';
import { convergence, report } from '../../src/monitor/index.js';
import { metricsWriter, writeSnapshot, type EpochLine } from '../../src/log/index.js';

const epochLine = (epoch: number): EpochLine => ({
  kind: 'epoch',
  epoch,
  step: epoch * 2,
  trainLoss: 2 / epoch,
  valLoss: 3 / epoch,
  valTop1: 0.125 * epoch,
  valTop5: 0.9,
  learningRate: 0.01,
  imagesPerSecond: 12.5,
  zeroMaps: 3,
});

/** One image of 2 × 2 whose map is given. */
const saveMap = (run: string, epoch: number, map: number[]) =>
  writeSnapshot(join(run, 'saliency'), {
    epoch,
    step: epoch * 2,
    images: new Uint8Array(12),
    imageShape: [1, 2, 2],
    maps: Float32Array.from(map),
    mapShape: [2, 2],
    masks: new Uint8Array(4),
    blended: new Uint8Array(12),
    files: ['a/<b>.jpg'],
    labels: ['</script><b>class'],
  });

describe('monitor', () => {
  let run: string;
  beforeEach(() => (run = mkdtempSync(join(tmpdir(), 'camtune-report-'))));
  afterEach(() => rmSync(run, { recursive: true }));

  it('convergence compares each snapshot with the one before', async () => {
    expect(convergence(run)).to.deep.equal([]);
    await saveMap(run, 1, [0, 1, 2, 5]);
    expect(convergence(run)).to.deep.equal([]);
    await saveMap(run, 3, [0, 1, 2, 5]);
    await saveMap(run, 4, [0, 0, 0, 0]);
    const same = { iou: 1, pearson: 1, spearman: 1, meanAbsoluteDifference: 0, constant: 0 };
    const [first, second] = convergence(run);
    expect(first).to.deep.equal({ from: 1, epoch: 3, images: 1, ...same });
    expect(second).to.include({ from: 3, epoch: 4, iou: 0, pearson: null, spearman: null, constant: 1 });
    expect(second!.meanAbsoluteDifference).to.be.closeTo((0 + 0.2 + 0.4 + 1) / 4, 1e-6);
  });

  it('convergence names a map that is damaged', async () => {
    await saveMap(run, 1, [0, 1, 2, 5]);
    const map = join(run, 'saliency', 'epoch-001', 'a-b.npy');
    writeFileSync(map, encodeNpy(Uint8Array.of(1), [1]));
    expect(() => convergence(run)).to.throw('a-b.npy: expected float32 values, found "Uint8Array"');
  });

  it('the report holds curves, table, recipe and snapshots, and loads nothing', async () => {
    const metrics = metricsWriter(join(run, 'metrics.jsonl'));
    metrics.write({ kind: 'start', epoch: 0, step: 0, valLoss: 4, valTop1: 0.0625, valTop5: 0.5 });
    [1, 2].forEach((epoch) => metrics.write(epochLine(epoch)));
    metrics.write({ kind: 'summary', step: 4, skipped: [{ file: 'a.jpg', reason: 'is empty' }] });
    metrics.close();
    writeFileSync(join(run, 'recipe.yaml'), 'model: <resnet50>\n');
    await saveMap(run, 1, [0, 1, 2, 5]);
    await saveMap(run, 2, [0, 1, 2, 4]);
    const path = await report(run);
    expect(path).to.equal(join(run, 'report.html'));
    const html = readFileSync(path, 'utf8');

    for (const title of ['Loss', 'Validation accuracy', 'Learning rate', 'Images per second', 'Zero maps']) {
      expect(html, title).to.match(new RegExp(`<h3>${title}[^<]*</h3>`));
    }
    expect(html).not.to.contain('<h3>Mean mask area'); // the run has none
    expect(html).to.contain('<title>top-1, epoch 2: 0.25</title>');
    expect(html).to.contain('<title>top-1, epoch 0: 0.0625</title>');
    expect(html).not.to.contain('<title>learning rate, epoch 0');
    expect(html).to.contain('<title>IoU of masks, epoch 2: 0.5</title>');
    expect(html).to.contain('<td>0.125</td>');
    expect(html).to.contain('model: &lt;resnet50&gt;');
    expect(html).to.contain('<b>25 %</b><span>best top-1 (epoch 2)</span>');
    expect(html).to.contain('<b>6.25 %</b><span>top-1 before training</span>');
    expect(html).to.contain('<b>1</b><span>files that could not be read</span>');
    expect(html.match(/type="range"/g)).to.have.length(2); // one for the image, one for all
    expect(html.match(/"overlay":"data:image\/webp;base64,/g)).to.have.length(2); // one an epoch
    expect(html).to.contain('&lt;/script&gt;&lt;b&gt;class');
    expect(html).not.to.match(/https?:\/\//);
    expect(html).not.to.match(/NaN|undefined/);
  });

  it('the report of a run that has just begun says so', async () => {
    writeFileSync(join(run, 'metrics.jsonl'), '');
    const html = readFileSync(await report(run), 'utf8');
    expect(html).to.contain('0 epochs so far');
    expect(html).not.to.match(/NaN|undefined|Infinity/);
  });

  it('asks for the folder of a run', async () => {
    const message = await report(join(run, 'none')).catch((error: Error) => error.message);
    expect(message).to.match(/metrics\.jsonl: no such file; is this the folder of a run\?$/);
  });
});

describe('charts', () => {
  it('have round ticks', () => {
    expect(ticks(0, 1, 5, false)).to.deep.equal([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticks(0.13, 2.2, 5, false)).to.deep.equal([0, 0.5, 1, 1.5, 2, 2.5]);
    expect(ticks(1, 20, 6, true)).to.deep.equal([5, 10, 15, 20]);
    expect(ticks(3, 3, 6, true)).to.deep.equal([3]);
    expect(ticks(1e-3, 1e-3, 5, false).every(Number.isFinite)).to.equal(true);
    expect(ticks(0, 0, 5, false).every(Number.isFinite)).to.equal(true);
  });

  it('have short labels', () => {
    expect([0, 0.00125, 3.4e-7, 1234, 0.123456].map(label)).to.deep.equal([
      '0',
      '0.00125',
      '3.4e-7',
      '1,234',
      '0.1235',
    ]);
  });

  it('place points in the frame, leave out what is not finite, and nothing gives no chart', () => {
    const svg = chart([{ name: 'a', points: [[1, 0], [2, NaN], [3, 1]] }])!; // prettier-ignore
    expect(svg).to.contain('points="54.0,190.0 406.0,12.0"');
    expect(chart([{ name: 'a', points: [[1, NaN]] }])).to.equal(undefined);
    expect(chart([])).to.equal(undefined);
    expect(chart([{ name: 'a', points: [[1, 5]] }])).not.to.match(/NaN/);
  });
});
