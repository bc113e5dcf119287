import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { encodeNpy, label, lineChart as chart, ticks } from '../../src/report/index.js';
import { changeTable, convergence, report, reportCache } from '../../src/monitor/index.js';
import { reportDocument, type ReportDocument } from '../../src/monitor/page/index.js';
import {
  metricsWriter,
  truncateMetrics,
  writeFigure,
  writeSnapshot,
  type EpochLine,
} from '../../src/log/index.js';
import { addEpoch, beginRun } from './support/runs.js';

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

/** What a page shows. */
const documentOf = (html: string) =>
  JSON.parse(
    /<script type="application\/json" id="document">(.*?)<\/script>/s.exec(html)![1]!,
  ) as ReportDocument;

describe('monitor', () => {
  let run: string;
  beforeEach(() => (run = mkdtempSync(join(tmpdir(), 'camtune-report-'))));
  afterEach(() => rmSync(run, { recursive: true }));

  it('convergence compares each snapshot with the one before', async () => {
    expect(convergence(run)).to.deep.equal([]);
    expect(changeTable([]).notes).to.deep.equal(['fewer than two snapshots: nothing to compare yet']);
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
    expect(() => convergence(run)).to.throw(
      'a-b.npy: expected float32 or float64 values [height, width], found Uint8Array [1]',
    );
    writeFileSync(map, encodeNpy(Float32Array.of(0, 1, NaN, 5), [2, 2]));
    expect(() => convergence(run)).to.throw('epoch-001/a-b.npy: expected finite values, found NaN');
    writeFileSync(map, encodeNpy(new Float32Array(6), [2, 3]));
    await saveMap(run, 2, [0, 1, 2, 5]);
    expect(() => convergence(run)).to.throw(
      `epoch-002/a-b.npy: expected a map of 2 × 3, as ${map}, found 2 × 2`,
    );
    for (const make of ['mkdir', 'mkfifo']) {
      rmSync(map, { recursive: true });
      execFileSync(make, [map]);
      const found = make === 'mkdir' ? 'a folder' : 'a pipe';
      expect(() => convergence(run)).to.throw(`epoch-001/a-b.npy: expected a regular file, found ${found}`);
    }
    rmSync(map);
    expect(() => convergence(run)).to.throw('epoch-001/a-b.npy: there is no such file');
  });

  it('a picture of a snapshot that is damaged is named', async () => {
    await addEpoch(run, 1);
    const refusal = () => report(run).catch((error: Error) => error.message);
    const overlay = join(run, 'saliency', 'epoch-001', 'cat-1.overlay.png');
    const image = join(run, 'saliency', 'images', 'cat-1.png');
    for (const path of [overlay, image]) {
      const whole = readFileSync(path);
      for (const damaged of [Buffer.from('garbage'), whole.subarray(0, whole.length / 2)]) {
        writeFileSync(path, damaged);
        expect(await refusal()).to.contain(`${path}: expected a picture, found what cannot be decoded`);
        const figure = await writeFigure(join(run, 'saliency')).catch((error: Error) => error.message);
        expect(figure).to.contain(`${path}: expected a picture, found what cannot be decoded`);
      }
      writeFileSync(path, whole);
    }
    rmSync(overlay);
    expect(await refusal()).to.equal(`${overlay}: cannot be read: no such file or directory (ENOENT)`);
    execFileSync('mkfifo', [overlay]);
    expect(await refusal()).to.equal(`${overlay}: expected a regular file, found a pipe`);
  });

  it('refuses pipes in place of the files of a run', async () => {
    for (const name of ['metrics.jsonl', 'recipe.yaml', 'saliency/epoch-002/snapshot.json']) {
      const own = join(run, name.replaceAll('/', '-'));
      await addEpoch(own, 1);
      mkdirSync(dirname(join(own, name)), { recursive: true });
      rmSync(join(own, name), { force: true });
      execFileSync('mkfifo', [join(own, name)]);
      const message = await report(own).catch((error: Error) => error.message);
      expect(message).to.equal(`${join(own, name)}: expected a regular file, found a pipe`);
    }
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

    const { runs } = documentOf(html);
    const { charts, cards, epochs, recipe, settings, probes } = runs[0]!;
    const points = (title: string, name: string) =>
      charts.find((one) => one.title === title)?.series.find((one) => one.name === name)?.points;
    expect(charts.map(({ title }) => title)).to.deep.equal([
      'Loss',
      'Validation accuracy',
      'Learning rate',
      'Images per second',
      'Zero maps (image left as it is)',
      'Agreement with the snapshot before',
      'Mean absolute difference (maps in [0, 1])',
    ]); // the run has no mask area
    expect(points('Validation accuracy', 'top-1')).to.deep.equal([[0, 0.0625], [1, 0.125], [2, 0.25]]); // prettier-ignore
    expect(points('Learning rate', 'learning rate')!.map(([epoch]) => epoch)).to.deep.equal([1, 2]);
    expect(points('Agreement with the snapshot before', 'IoU of masks')).to.deep.equal([[2, 0.5]]);
    expect(epochs.rows[0]).to.include('0.125');
    expect(recipe).to.equal('model: <resnet50>\n');
    expect(settings).to.deep.equal({ model: '"<resnet50>"' });
    expect(cards).to.deep.include(['best top-1 (epoch 2)', '25 %']);
    expect(cards).to.deep.include(['top-1 before training', '6.25 %']);
    expect(cards).to.deep.include(['files that could not be read', '1']);
    const [probe] = probes;
    expect(probe!.label).to.equal('</script><b>class');
    expect(probe!.frames.map(({ epoch }) => epoch)).to.deep.equal([1, 2]);
    expect(html).to.contain(`"${probe!.frames[1]!.pictures['overlay']}":"data:image/webp;base64,`);
    expect(html).not.to.contain('</script><b>class');
    expect(html).not.to.match(/(src|href)="?https?:/);
  });

  it('an epoch that was not validated is a gap: no zero, not the best, and not what the cards tell', async () => {
    const metrics = metricsWriter(join(run, 'metrics.jsonl'));
    const validated = { valLoss: null, valTop1: null, valTop5: null };
    metrics.write({ kind: 'start', epoch: 0, step: 0, valLoss: 4, valTop1: 0.0625, valTop5: 0.5 });
    for (const epoch of [1, 2, 3])
      metrics.write({ ...epochLine(epoch), ...(epoch === 2 ? {} : validated), ...(epoch === 2 && { valTop1: 0 }) }); // prettier-ignore
    metrics.close();
    const { charts, cards, epochs } = (await reportDocument([run], reportCache())).runs[0]!;
    const points = (name: string) =>
      charts.flatMap(({ series }) => series).find((one) => one.name === name)?.points;
    expect(points('top-1')).to.deep.equal([[0, 0.0625], [2, 0]]); // prettier-ignore
    expect(points('validation')).to.deep.equal([[0, 4], [2, 1.5]]); // prettier-ignore
    expect(points('training')).to.have.length(3);
    expect(cards).to.deep.equal([
      ['top-1 before training', '6.25 %'],
      ['top-1 after epoch 2', '0 %'],
      ['top-5', '90 %'],
      ['best top-1 (epoch 2)', '0 %'],
      ['validation loss', '1.5'],
    ]);
    const column = epochs.head.indexOf('val top-1');
    expect(epochs.rows.map((row) => row[column])).to.deep.equal(['–', '0', '–']);
    expect(epochs.best).to.equal(1);
  });

  it('images are told apart by what the network said, and by how their maps moved', async () => {
    for (let epoch = 1; epoch <= 3; epoch++) await addEpoch(run, epoch);
    const { runs } = await reportDocument([run], reportCache());
    const [first, second, , last] = runs[0]!.probes;
    expect(first).to.include({ verdict: 'right', constant: false, label: 'cat' });
    expect(first!.moved).to.be.closeTo(0, 1e-6);
    expect(second).to.include({ verdict: 'wrong' });
    expect(last).to.include({ verdict: 'right', constant: true, moved: null });
  });

  it('a run that was killed in its second epoch and resumed gives the same report', async () => {
    const [whole, killed] = [join(run, 'a', 'run'), join(run, 'b', 'run')];
    beginRun(whole);
    beginRun(killed);
    const cache = reportCache();
    const document = (folder: string) => reportDocument([folder], cache);
    for (const epoch of [1, 2, 3]) await addEpoch(whole, epoch);
    await addEpoch(killed, 1);
    await addEpoch(killed, 2, 5);
    await document(killed);
    await truncateMetrics(join(killed, 'metrics.jsonl'), 2, 1);
    for (const epoch of [2, 3]) await addEpoch(killed, epoch);
    expect(await document(killed)).to.deep.equal(await document(whole));
  });

  it('several runs are told apart by as much of their path as it takes', async () => {
    for (const folder of ['a/run', 'b/run']) beginRun(join(run, folder));
    const { runs } = await reportDocument([join(run, 'a/run'), join(run, 'b/run/')], reportCache());
    expect(runs.map(({ name, state }) => [name, state])).to.deep.equal([
      ['a/run', '0 epochs so far'],
      ['b/run', '0 epochs so far'],
    ]);
  });

  it('the report of a run that has just begun says so', async () => {
    writeFileSync(join(run, 'metrics.jsonl'), '');
    const html = readFileSync(await report(run), 'utf8');
    const [only] = documentOf(html).runs;
    expect(only).to.deep.include({
      state: '0 epochs so far',
      charts: [],
      cards: [],
      probes: [],
      recipe: null,
    });
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
