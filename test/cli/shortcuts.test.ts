import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { saveModel } from '../../src/models/index.js';
import type { ShortcutReport } from '../../src/monitor/index.js';
import { encodePng } from '../../src/report/index.js';
import { random } from '../../src/random.js';
import { loadTensorflow } from '../../src/tensorflow/index.js';
import { camtune } from './camtune.js';

const SIDE = 16;

describe('camtune shortcuts', () => {
  let dir: string;
  before(async function () {
    try {
      await loadTensorflow();
    } catch {
      console.warn('      skipped: the native runtime is not installed (camtune setup)');
      return this.skip();
    }
    dir = mkdtempSync(join(tmpdir(), 'camtune-shortcuts-'));
    const next = random(1);
    for (const name of ['cat', 'dog']) {
      mkdirSync(join(dir, 'data', name), { recursive: true });
      for (let image = 0; image < 6; image++) {
        const pixels = Uint8Array.from({ length: SIDE * SIDE * 3 }, () => 255 * next());
        writeFileSync(
          join(dir, 'data', name, `${image}.png`),
          await encodePng({ pixels, width: SIDE, height: SIDE }),
        );
      }
    }
    const model = sequential();
    model.add(layers.conv2d({ filters: 4, kernelSize: 3, inputShape: [SIDE, SIDE, 3], name: 'conv' }));
    model.add(layers.globalAveragePooling2d({}));
    model.add(layers.dense({ units: 2 }));
    const preprocessing = {
      resize: SIDE,
      crop: SIDE,
      interpolation: 'bilinear',
      channels: 'RGB',
      scale: 1 / 255,
      mean: [0, 0, 0],
      std: [1, 1, 1],
    } as const;
    await saveModel(model, join(dir, 'model'), {
      preprocessing: { ...preprocessing, mean: [0, 0, 0], std: [1, 1, 1] },
      classNames: ['cat', 'dog'],
    });
    model.dispose();
  });
  after(() => dir && rmSync(dir, { recursive: true, force: true }));

  it('writes the page and the document, and prints it', async () => {
    const out = join(dir, 'out');
    const { status, stdout, stderr } = await camtune(
      ...['shortcuts', '--weights', join(dir, 'model'), '--data', join(dir, 'data'), '--out', out, '--json'],
    );
    expect(status, stderr).to.equal(0);
    const report = JSON.parse(stdout) as ShortcutReport;
    expect(report.images).to.equal(12);
    expect(report.classes.map((one) => one.class)).to.deep.equal(['cat', 'dog']);
    expect(JSON.parse(readFileSync(join(out, 'shortcuts.json'), 'utf8'))).to.deep.equal(report);
    expect(readFileSync(join(out, 'index.html'), 'utf8')).to.include('<h1>Shortcuts</h1>');
  });

  it('says what is missing', async () => {
    const { status, stderr } = await camtune('shortcuts', '--weights', join(dir, 'model'));
    expect(status).to.equal(2);
    expect(stderr).to.include('--data is missing');
  });
});
