import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { metricsWriter, readMetrics, truncateMetrics, type MetricsLine } from '../../src/log/index.js';

const step = (at: number, loss = 1): MetricsLine => ({
  kind: 'step',
  step: at,
  epoch: 1,
  loss,
  learningRate: 0.1,
  imagesPerSecond: 5,
});

describe('metrics.jsonl', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'camtune-metrics-'));
    path = join(folder, 'run', 'metrics.jsonl');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const append = (...lines: MetricsLine[]) => {
    const writer = metricsWriter(path);
    lines.forEach((line) => writer.write(line));
    writer.flush();
    writer.close();
  };

  it('appends one line each, and a second writer goes on', () => {
    append(step(1), step(2));
    append(step(3));
    expect(readFileSync(path, 'utf8').split('\n')).to.have.length(4);
    expect(readMetrics(path)).to.deep.equal([step(1), step(2), step(3)]);
  });

  it('is on the file as soon as write returns', () => {
    const writer = metricsWriter(path);
    writer.write(step(1));
    expect(readMetrics(path)).to.deep.equal([step(1)]);
    writer.close();
  });

  it('writes valid JSON for NaN and Infinity', () => {
    append(step(1, NaN), step(2, Infinity));
    expect(readMetrics(path).map((line) => line.kind === 'step' && line.loss)).to.deep.equal([null, null]);
  });

  it('leaves out a half-written last line, and the next writer cuts it away', () => {
    append(step(1));
    appendFileSync(path, '{"kind":"step","st');
    expect(readMetrics(path)).to.deep.equal([step(1)]);
    append(step(2));
    expect(readMetrics(path)).to.deep.equal([step(1), step(2)]);
  });

  it('is no pipe', () => {
    mkdirSync(dirname(path));
    execFileSync('mkfifo', [path]);
    for (const use of [() => readMetrics(path), () => metricsWriter(path)])
      expect(use).to.throw('metrics.jsonl: expected a regular file');
  });

  it('names a damaged line in the middle, and a missing file', () => {
    append(step(1));
    appendFileSync(path, 'rubbish\n');
    append(step(2));
    expect(() => readMetrics(path)).to.throw('metrics.jsonl: line 2 is not a line of metrics: rubbish');
    expect(() => readMetrics(join(folder, 'none.jsonl'))).to.throw('none.jsonl: no such file');
  });

  it('after a cut at the checkpoint, a resumed run writes the very file of an uninterrupted one', async () => {
    append(step(1), step(2), step(3), { kind: 'summary', step: 3 });
    const uninterrupted = readFileSync(path);
    append(step(4));
    appendFileSync(path, '{"half');
    await truncateMetrics(path, 2);
    expect(readMetrics(path)).to.deep.equal([step(1), step(2)]);
    append(step(3), { kind: 'summary', step: 3 });
    expect(readFileSync(path)).to.deep.equal(uninterrupted);
  });

  it('a cut repairs: a damaged line in the middle and a half-written last one go, and are named', async () => {
    append(step(1));
    appendFileSync(path, '{"kind":"step","st{"kind":"step","step":2}\n');
    append(step(3));
    appendFileSync(path, '{"kind":"st');
    const said = await truncateMetrics(path, 3);
    expect(said.map((line) => line.replace(path, 'm'))).to.deep.equal([
      'm: line 2 is damaged and was dropped: {"kind":"step","st{"kind":"step","step":2}',
      'm: the last line was half-written and was dropped',
    ]);
    expect(readMetrics(path)).to.deep.equal([step(1), step(3)]);
    expect(await truncateMetrics(path, 3)).to.deep.equal([]);
  });

  it('cutting away everything, and cutting where there is no file', async () => {
    await truncateMetrics(path, 0);
    expect(existsSync(path)).to.equal(false);
    append(step(1));
    await truncateMetrics(path, 0);
    expect(readMetrics(path)).to.deep.equal([]);
    writeFileSync(path, '');
    expect(readMetrics(path)).to.deep.equal([]);
  });
});
