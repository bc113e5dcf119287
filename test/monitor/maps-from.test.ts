import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  changesFrom,
  mapsFrom,
  reportOfMaps,
  views,
  writeListedImages,
  writeMaps,
} from '../../src/monitor/index.js';
import type { ReportDocument } from '../../src/monitor/page/index.js';
import { encodeNpy, encodePng, type HostMap } from '../../src/report/index.js';
import { camtune } from '../cli/camtune.js';
import { errorOf } from '../data/folder.js';

const SIDE = 8;
const blob = (x: number): HostMap => ({
  values: Float32Array.from({ length: SIDE * SIDE }, (_, at) =>
    Math.exp(-(((at % SIDE) - x) ** 2 + (Math.floor(at / SIDE) - 3.5) ** 2) / 8),
  ),
  width: SIDE,
  height: SIDE,
});

describe('camtune monitor --from', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'camtune-maps-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const flip = views[0]!;
  /** Two images: one's map moves to the right, the other one stays. Seen mirrored, each is off by a column. */
  const write = async (): Promise<void> => {
    await writeListedImages(dir, [
      { file: 'a.jpg', label: 'moves' },
      { file: 'b.jpg', label: 'stays' },
    ]);
    for (const [epoch, x] of [2.5, 3.5, 4.5].entries()) {
      const maps = [blob(x), blob(3.5)];
      const seen = [blob(SIDE - 1 - x + 1), blob(4.5)];
      await writeMaps(dir, { epoch, maps, inViews: [{ view: flip, maps: seen }] });
    }
  };

  it('puts each step over the floor of its epoch, class by class', async () => {
    await write();
    const { convergence, floor } = changesFrom(mapsFrom(dir));
    expect(convergence.map(({ from, epoch, images }) => [from, epoch, images])).to.deep.equal([
      [0, 1, 2],
      [1, 2, 2],
    ]);
    expect(floor!.steps).to.have.length(2);
    // One of two images moved, by a column, as both do in the mirror.
    for (const { overFloor } of floor!.steps) expect(overFloor.shift).to.be.closeTo(0.5, 0.05);
    expect(floor!.classes['stays']!.steps[1]!.overFloor.spearman).to.be.closeTo(0, 1e-9);
    expect(floor!.classes['moves']!.steps[1]!.overFloor.shift).to.be.closeTo(1, 0.1);
    expect(floor!.toLast.map(({ from }) => from)).to.deep.equal([0, 1]);
  });

  it('has no floor without views', async () => {
    for (const epoch of [3, 12]) await writeMaps(dir, { epoch, maps: [blob(epoch / 4)], inViews: [] });
    const { convergence, floor } = changesFrom(mapsFrom(dir));
    expect(floor).to.equal(null);
    expect(convergence[0]).to.include({ from: 3, epoch: 12, images: 1 });
  });

  it('takes a large constant map for what it is: counted, not compared', async () => {
    // 70 positions a side are compared at 24, the last of which stand for one: sums of 9, 3 and 1 values of 0.1.
    const of = (values: Float32Array): HostMap => ({ values, width: 70, height: 70 });
    const flat = of(new Float32Array(4900).fill(0.1));
    const other = of(Float32Array.from({ length: 4900 }, (_, at) => (at * 7) % 97));
    await writeMaps(dir, { epoch: 0, maps: [flat], inViews: [] });
    await writeMaps(dir, { epoch: 1, maps: [other], inViews: [{ view: flip, maps: [flat] }] });
    const { convergence, floor } = changesFrom(mapsFrom(dir));
    expect(convergence[0]).to.include({ constant: 1, spearman: null });
    expect(floor!.floor).to.include({ distance: null, images: 0, zero: 1 });
    expect(floor!.steps[0]).to.include({ distance: null, images: 0, zero: 1 });
  });

  it('prints tables, and with --json all of it', async () => {
    await write();
    const { status, stdout, stderr } = await camtune('monitor', '--from', dir);
    expect([status, stderr]).to.deep.equal([0, '']);
    expect(stdout).to.match(/^epochs +images +IoU/);
    expect(stdout).to.match(/^0 to 1 +2 +0 /m);
    expect(stdout).to.match(/^stays +0\.00$/m);
    expect(stdout.trimEnd().split('\n').at(-1)).to.equal(join(dir, 'report.html'));
    const out = join(dir, 'pages', 'maps.html');
    const json = JSON.parse(
      (await camtune('monitor', '--from', dir, '--json', '--out', out)).stdout,
    ) as object;
    expect(json).to.have.keys('report', 'convergence', 'floor');
    expect(json).to.include({ report: out });
    expect(readFileSync(out, 'utf8')).to.contain('change ÷ floor');
  });

  /** What the page shows. */
  const shown = async () => {
    const maps = mapsFrom(dir);
    const html = readFileSync(await reportOfMaps(maps, changesFrom(maps)), 'utf8');
    const json = (id: string): unknown =>
      JSON.parse(
        new RegExp(`<script type="application/json" id="${id}">(.*?)</script>`, 's').exec(html)![1]!,
      );
    const document = json('document') as ReportDocument;
    return {
      html,
      of: document.of,
      run: document.runs[0]!,
      pictures: json('pictures') as Record<string, string>,
    };
  };

  it('writes the page that runs have: charts, table, the maps over their images', async () => {
    await write();
    const image = { pixels: new Uint8Array(SIDE * SIDE * 3).fill(200), width: SIDE, height: SIDE };
    writeFileSync(join(dir, 'a.jpg'), await encodePng(image));
    const { of, run, html, pictures } = await shown();
    expect([of, run.state]).to.deep.equal(['maps', '3 epochs, maps of 2 images']);
    expect(run.charts.map(({ title }) => title)).to.deep.equal([
      'Change over noise floor (1: what a flip or a small crop does)',
      'Change to the last maps over noise floor (Spearman)',
      'Change over noise floor by class (Spearman)',
      'Agreement with the snapshot before',
      'Mean absolute difference (maps in [0, 1])',
    ]);
    expect(run.charts[2]!.series.map(({ name }) => name)).to.deep.equal(['moves', 'stays']);
    expect(run.epochs.rows.map(([epochs]) => epochs)).to.deep.equal(['0 to 1', '1 to 2']);
    expect(run.epochs.head).to.include.members([
      'Spearman',
      'Spearman ÷ floor',
      'Spearman to the last ÷ floor',
    ]);
    const [a, b] = run.probes;
    expect([a!.file, b!.file]).to.deep.equal(['a.jpg', 'b.jpg']);
    expect(a!.image).to.be.a('string');
    expect(b!.image).to.equal(null);
    expect(Object.keys(a!.frames[0]!.pictures)).to.deep.equal(['overlay']);
    expect(Object.keys(b!.frames[0]!.pictures)).to.deep.equal(['map']);
    expect(a!.frames.map(({ text }) => text)[0]).to.equal('the first map');
    expect(a!.frames[2]!.text).to.match(/^1 − Spearman 0\.\d{3} from epoch 1$/);
    expect(b!.frames[2]!.text).to.equal('1 − Spearman 0.000 from epoch 1');
    expect(Object.values(pictures)).to.have.length(3 + 3 + 1);
    expect(html).not.to.match(/(src|href)="?https?:/);
  });

  it('shows those of many images that moved most, and says so', async () => {
    const count = 40;
    for (const epoch of [0, 1])
      await writeMaps(dir, {
        epoch,
        maps: Array.from({ length: count }, (_, image) => blob(image < 10 ? 3.5 : 3.5 + epoch)),
        inViews: [],
      });
    const { run } = await shown();
    expect(run.state).to.equal('2 epochs, maps of 40 images; shown below: the 32 whose maps moved most');
    expect(run.probes.map(({ file }) => file)).to.include.members(['11 of 40', '40 of 40']);
  });

  it('takes no image from outside of the folder, and names one that is damaged', async () => {
    const inside = join(dir, 'maps');
    for (const file of ['../secret.png', join(dir, 'secret.png')]) {
      await writeMaps(inside, { epoch: 0, maps: [blob(1)], inViews: [] });
      await writeListedImages(inside, [{ file, label: '</script>' }]);
      const image = { pixels: new Uint8Array(3), width: 1, height: 1 };
      writeFileSync(join(dir, 'secret.png'), await encodePng(image));
      const maps = mapsFrom(inside);
      const html = readFileSync(await reportOfMaps(maps, changesFrom(maps)), 'utf8');
      expect(html).to.contain('"image":null').and.not.to.contain('label":"</script>');
    }
    await writeListedImages(inside, [{ file: 'a.png', label: 'a' }]);
    writeFileSync(join(inside, 'a.png'), 'garbage');
    const maps = mapsFrom(inside);
    const { message } = await errorOf(reportOfMaps(maps, changesFrom(maps)));
    expect(message).to.contain(`${join(inside, 'a.png')}: expected a picture, found what cannot be decoded`);
  });

  it('says what is wrong with a folder', () => {
    const refusal = (): string => {
      try {
        mapsFrom(dir);
      } catch (error) {
        return (error as Error).message;
      }
      throw new Error('nothing was refused');
    };
    expect(refusal()).to.include('expected a folder with maps of an epoch at least (epoch-000.npy)');
    const npy = (name: string, data: Float32Array | Int32Array, shape: number[]) =>
      writeFileSync(join(dir, name), encodeNpy(data, shape));
    npy('epoch-1.npy', new Float32Array(4), [1, 2, 2]);
    expect(refusal()).to.include('expected three digits at least (epoch-001.npy), found "epoch-1.npy"');
    rmSync(join(dir, 'epoch-1.npy'));
    npy('epoch-000.npy', new Float32Array(4), [2, 2]);
    expect(refusal()).to.match(/epoch-000\.npy: expected .*\[images, height, width\].*\[2, 2\]/);
    npy('epoch-000.npy', Float32Array.of(1, NaN, 0, 0), [1, 2, 2]);
    expect(refusal()).to.match(/epoch-000\.npy: expected finite values/);
    npy('epoch-000.npy', Float32Array.of(1, 2, 0, 0), [1, 2, 2]);
    npy('epoch-001.npy', Float32Array.of(1, 2, 0, 0), [2, 1, 2]);
    expect(refusal()).to.match(/epoch 1: expected \[1, 2, 2\], as epoch 0, found \[2, 1, 2\]/);
    npy('epoch-001.npy', Float32Array.of(1, 2, 0, 0), [1, 2, 2]);
    npy('epoch-001.flip.npy', Float32Array.of(1, 2), [1, 1, 2]);
    expect(refusal()).to.match(/epoch-001\.flip\.npy: expected \[1, 2, 2\]/);
    npy('epoch-001.flip.npy', Float32Array.of(1, 2, 0, 0), [1, 2, 2]);
    writeFileSync(join(dir, 'images.json'), '["a.jpg"]');
    expect(refusal()).to.match(/images\.json: expected a list of/);
    writeFileSync(join(dir, 'images.json'), '[]');
    expect(refusal()).to.match(/images\.json: expected 1 images, as in the maps, found 0/);
    rmSync(join(dir, 'images.json'));
    execFileSync('mkfifo', [join(dir, 'images.json')]);
    expect(refusal()).to.match(/images\.json: expected a regular file, found a pipe/);
  });

  it('stands alone', async () => {
    const { status, stderr } = await camtune('monitor', 'run', '--from', dir);
    expect(status).to.equal(2);
    expect(stderr).to.include('--from: expected nothing but --out and --json beside it');
  });

  it('reads what the example in PyTorch writes', function () {
    const python = process.env['CAMTUNE_PYTHON'] ?? 'python3';
    if (spawnSync(python, ['-c', 'import numpy, torch']).status !== 0) {
      console.log(`      skipped, ${python} has no PyTorch (CAMTUNE_PYTHON names another one)`);
      return this.skip();
    }
    this.timeout(120_000);
    execFileSync(python, ['bench/torch_maps.py', dir]);
    const { convergence, floor } = changesFrom(mapsFrom(dir));
    expect(convergence.map(({ epoch, images, constant }) => [epoch, images, constant])).to.deep.equal(
      [1, 2, 3].map((epoch) => [epoch, 16, 0]),
    );
    for (const { overFloor } of floor!.steps) expect(overFloor.spearman).to.be.a('number');
  });
});
