import { expect } from 'chai';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fitName } from '../../src/files/name.js';
import { writeFileAtomic } from '../../src/files/write-atomic.js';
import { filesOf } from '../../src/explain/folder/outputs.js';
import { newRunFolder } from '../../src/files/run-folder.js';
import { fileStems } from '../../src/log/snapshot-files.js';

const bytes = (name: string): number => Buffer.byteLength(name);

describe('fitName', () => {
  it('leaves a name that fits, to the byte', () => {
    expect(fitName('a'.repeat(251), 4)).to.equal('a'.repeat(251));
    expect(fitName('裙'.repeat(85), 0)).to.equal('裙'.repeat(85));
  });

  it('cuts one that does not between characters, and keeps it apart from others', () => {
    const [one, other] = [fitName(`${'裙'.repeat(90)}1`, 4), fitName(`${'裙'.repeat(90)}2`, 4)];
    expect(one).to.match(/^裙+-[0-9a-f]{8}$/);
    expect(bytes(one)).to.be.within(247, 251);
    expect(one).to.not.equal(other);
    expect(fitName('🙂'.repeat(80), 10)).to.match(/^(🙂)+-[0-9a-f]{8}$/u);
  });

  it('is how files of images, snapshots and runs are named', () => {
    const name = 'x'.repeat(240);
    const [[, file]] = filesOf(name, 'group-cam', ['png'], { class: '裙'.repeat(80) } as never) as [
      [string, string],
    ];
    expect(bytes(file)).to.be.at.most(255);
    expect(file).to.match(/\.png$/);
    const stems = fileStems([`${'裙'.repeat(200)}.jpg`, `c/${'裙'.repeat(200)}.jpg`]);
    expect(stems.every((stem) => bytes(`${stem}.overlay.png`) <= 255)).to.equal(true);
    expect(new Set(stems).size).to.equal(2);
    expect(bytes(newRunFolder(`${'x'.repeat(250)}.yaml`, new Date(0)))).to.be.at.most(255 + bytes('runs/'));
  });
});

describe('writeFileAtomic', () => {
  it('writes a file of the longest name there is, and leaves nothing else', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'camtune-files-'));
    try {
      const path = join(folder, '裙'.repeat(85));
      await writeFileAtomic(path, 'content');
      expect(await readFile(path, 'utf8')).to.equal('content');
      expect(await readdir(folder)).to.have.length(1);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
