import { expect } from 'chai';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { cpuBackend, fastestBackend } from '../backend.js';
import type { Folder } from '../../bench/parity/folder.js';
import { metricFindings } from '../../bench/parity/metrics.js';
import { parity } from '../../bench/parity/run.js';
import { printed } from '../../bench/parity/table.js';

const goldens = resolve(import.meta.dirname, '../../../shared/goldens');

describe('npm run parity', function () {
  before(async () => void (await fastestBackend()));
  after(cpuBackend);

  it('passes every method and metric of ../shared/goldens (skipped where it is missing)', async function () {
    if (!existsSync(goldens)) return this.skip();
    const { rows, uncovered } = await parity(goldens);
    expect(rows.filter(({ passed }) => !passed)).to.deep.equal([]);
    expect(uncovered).to.deep.equal([]);
    expect(rows.length).to.be.above(100);
  });

  it('fails what differs, and what it does not know', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'camtune-parity-'));
    const set = {
      conventions: { preprocessing: 'x = (pixel/255 - 0.5)/0.25' },
      nets: { none: { model: 'none', targetLayer: 'none' } },
      images: [],
      cases: [
        { image: 'a', net: 'none', classIndex: 0, role: 'top', methods: { 'tomorrow-cam': { params: {} } } },
      ],
      unit: { auc: { scores: [0, 1], result: 0.5 }, groupSizes: { 'K=3,G=2': [1, 2] }, riddle: {} },
    };
    try {
      writeFileSync(join(folder, 'goldens.json'), JSON.stringify(set));
      const { rows, uncovered } = await parity(folder);
      expect(rows.map(({ what, passed }) => [what, passed])).to.deep.equal([
        ['unit · auc', true],
        ['unit · groupSizes', false],
      ]);
      expect(uncovered.map((entry) => entry.uncovered)).to.deep.equal(['unit · riddle', 'tomorrow-cam']);
      expect(printed(rows, uncovered)).to.match(
        /FAIL at groupSizes[^]*tomorrow-cam: NOT COVERED[^]*1 of 2 pass, 2 not covered/,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('knows no argmax of a constant map, whichever of the two answers a folder holds', async () => {
    const box = { classIndex: 0, box: [0, 0, 1, 1], energy: null, hit: true, hitTolerance15: true };
    const found = async (argmax: object | null, map: number[]) => {
      const metrics = { 'some-cam': { argmax, boxes: [box] } };
      const folder = {
        goldens: { conventions: {}, cases: [{ methods: { 'some-cam': { norm: 'map' } }, metrics }] },
        array: () => ({ shape: [2, 2], values: Float32Array.from(map) }),
      };
      const differences: Record<string, number> = {};
      for await (const finding of metricFindings(folder as unknown as Folder)) {
        if ('what' in finding) differences[finding.what.split(' · ').at(-1)!] = finding.difference;
      }
      return differences;
    };
    for (const argmax of [null, { x: 0, y: 0 }]) {
      const { hit, ...others } = await found(argmax, [0, 0, 0, 0]);
      expect([hit, others['argmax']]).to.deep.equal([0, 0]);
    }
    // What is not constant has its argmax at (0, 0), or has not.
    expect(Object.values(await found({ x: 0, y: 0 }, [1, 0, 0, 0]))[0]).to.equal(0);
    expect(Object.values(await found({ x: 0, y: 0 }, [0, 1, 0, 0]))[0]).to.be.above(0);
    expect(Object.values(await found({ x: 1, y: 0 }, [0, 0, 0, 0]))[0]).to.be.above(0);
  });

  it('says where there is no such folder', async () => {
    const message = await parity('/nowhere').catch((error: Error) => error.message);
    expect(message).to.equal('DIR: expected a folder with goldens.json, found "/nowhere"');
  });
});
