import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { fileOfTar } from '../../src/setup/jpeg.js';
import { inFolder } from '../data/folder.js';

describe('fileOfTar', () => {
  it('finds a file among others, whatever its length', async () => {
    const files = {
      'a/one': 'x'.repeat(511),
      'a/two': 'y'.repeat(512),
      'a/three': 'z'.repeat(1025),
      'a/empty': '',
    };
    await inFolder(files, (dir) => {
      const archive = execFileSync('tar', ['-cf', '-', '-C', dir, ...Object.keys(files)]);
      for (const [name, content] of Object.entries(files))
        expect(fileOfTar(archive, name)?.toString()).to.equal(content);
      expect(fileOfTar(archive, 'one')).to.equal(undefined);
      return Promise.resolve();
    });
  });

  it('finds nothing in what is no archive', () => {
    expect(fileOfTar(Buffer.alloc(2048), 'a')).to.equal(undefined);
    expect(fileOfTar(Buffer.alloc(2048, 'no archive '), 'a')).to.equal(undefined);
    expect(fileOfTar(Buffer.alloc(0), 'a')).to.equal(undefined);
  });
});
