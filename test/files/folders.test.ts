import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { makeFolder } from '../../src/files/folders.js';

describe('makeFolder', () => {
  let folder: string;
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'camtune-folders-'))));
  after(() => rm(folder, { recursive: true, force: true }));

  it('makes a folder and those above it, and says whether it was missing', async () => {
    const deep = join(folder, 'a', 'b', 'c');
    expect([makeFolder(deep), makeFolder(deep)]).to.deep.equal([true, false]);
    expect((await stat(deep)).isDirectory()).to.equal(true);
  });

  it('says what is in the way', async () => {
    await writeFile(join(folder, 'file'), '');
    expect(() => makeFolder(join(folder, 'file', 'below'))).to.throw('ENOTDIR');
  });

  it('ends where the system makes no folders (Node goes round for ever there)', function () {
    if (process.platform !== 'linux') this.skip();
    expect(() => makeFolder('/proc/camtune/below')).to.throw('/proc/camtune');
  });
});
