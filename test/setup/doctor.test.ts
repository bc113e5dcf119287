import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { doctor, setup } from '../../src/setup/index.js';
import { enginePath, findTfjsNode } from '../../src/tensorflow/native/runtime/paths.js';
import {
  coreCheck,
  deviceCheck,
  nodeCheck,
  spaceCheck,
  toolCheck,
  workersCheck,
} from '../../src/setup/checks.js';
import { verified } from '../../src/setup/verified.js';
import { withHome, writeFiles } from './home.js';

const runtime = (device: 'cpu' | 'gpu', library = '/elsewhere/libtensorflow_cc.so.2') => ({
  runtime: { tensorflow: '2.21.0', device, graphs: true, bfloat16: false, libraries: [library] },
});

describe('doctor', () => {
  it('reports versions, device and every check; ok is all of them together', async function () {
    const report = await doctor();
    expect(report.node).to.equal(process.versions.node);
    expect(report.platform).to.equal(`${process.platform}-${process.arch}`);
    expect(report.checks.map(({ name }) => name)).to.include.members([
      'node',
      'platform',
      'tfjs-node',
      'tfjs-core',
      'tensorflow',
      'graphs',
      'device',
      'memory',
      'images',
    ]);
    expect(report.ok).to.equal(report.checks.every(({ ok }) => ok));
    for (const { ok, found, fix } of report.checks) {
      expect(found).to.be.a('string').that.is.not.empty;
      if (!ok) expect(fix).to.be.a('string').that.is.not.empty;
    }
    if ('version' in report.tensorflow) expect(report.device).to.be.oneOf(['cpu', 'gpu']);
    else expect(report.device).to.equal(null);
  });

  it('finds the one tfjs-core that everything here shares', () => {
    expect(coreCheck(findTfjsNode())).to.include({ ok: true, found: '4.22.0' });
  });

  it('takes Node from 20.19 on', () => {
    expect(
      ['20.18.1', '20.19.0', '18.20.0', '22.0.0', '24.21.0'].map((version) => nodeCheck(version).ok),
    ).to.deep.equal([false, true, false, true, true]);
  });

  it('misses a tool only while something has to be built', () => {
    const tool = { name: 'g++', command: 'g++', fix: 'apt-get install -y g++' };
    expect(toolCheck(tool, false)).to.include({ ok: false, found: 'not there' });
    expect(toolCheck(tool, true).ok).to.equal(true);
    expect(toolCheck({ ...tool, version: 'g++ 12' }, false)).to.include({ ok: true, found: 'g++ 12' });
  });

  it('says whether worker threads may compute; those of tfjs-node’s own addon may not, and all is well', () =>
    withHome(async (home) => {
      const tfjs = { ...findTfjsNode()!, addon: `${home}/addon.node` };
      await writeFiles(home, { 'addon.node': 'an addon with camtune_addon_revision' });
      expect(workersCheck(tfjs)).to.deep.equal({
        name: 'workers',
        ok: true,
        found: 'worker threads may compute',
      });
      await writeFiles(home, { 'addon.node': 'another addon' });
      expect(workersCheck(tfjs))
        .to.include({ ok: true })
        .and.to.have.property('fix')
        .that.contains('--rebuild');
      expect(workersCheck(tfjs).found).to.match(/^main thread only/);
    }));

  it('says when a driver is there and TensorFlow computes on the CPU all the same', () =>
    withHome((home) => {
      const cuda = `${home}/tensorflow-gpu-2.21.0/tensorflow/libtensorflow_cc.so.2`;
      expect(deviceCheck(runtime('cpu'), undefined, undefined)).to.include({ ok: true, found: 'cpu' });
      expect(deviceCheck(runtime('cpu'), '550.1', undefined)).to.include({ ok: false });
      expect(deviceCheck(runtime('cpu'), '550.1', undefined).fix).to.contain('camtune -- setup --gpu');
      expect(deviceCheck(runtime('cpu'), '550.1', false)).to.include({ ok: true });
      expect(deviceCheck(runtime('cpu', cuda), '550.1', undefined).fix).to.contain('CUDA_VISIBLE_DEVICES');
      expect(deviceCheck(runtime('cpu', cuda), undefined, true).ok).to.equal(true);
      const gpu = deviceCheck(runtime('gpu', cuda), '550.1', undefined);
      expect(gpu).to.include({ ok: true, found: 'gpu (NVIDIA driver 550.1)' });
      expect(deviceCheck({ problem: 'crashed' }, undefined, undefined).ok).to.equal(false);
      return Promise.resolve();
    }));

  it('wants the space that is stated', () => {
    expect(spaceCheck('disk', 2e9, 1e9, 'make room')).to.include({ ok: true, found: '2.0 GB free' });
    expect(spaceCheck('disk', 0.5e9, 1e9, 'make room')).to.include({ ok: false, fix: 'make room' });
  });
});

describe('setup', () => {
  it('does nothing where all is there', async function () {
    const tfjs = findTfjsNode();
    const seen = tfjs && verified(tfjs);
    if (!seen || !existsSync(enginePath())) {
      console.warn('      skipped: camtune setup has not run here');
      return this.skip();
    }
    const lines: string[] = [];
    const report = await setup({ log: (line) => lines.push(line) });
    expect(report.steps).to.deep.equal([]);
    expect(report).to.include({ addon: tfjs.addon, engine: enginePath(), tensorflow: seen.tensorflow });
    expect(lines).to.have.length(1);
    expect(lines[0]).to.match(/^setup: all there \(@tensorflow\/tfjs-node(-gpu)? 4\.22\.0, TensorFlow /);
  });
});
