import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { calledFrom } from '../../src/cli/working-folder.js';
import { commandLine } from '../../src/process/command-line.js';
import { homePath } from '../../src/files/home.js';

const clone = resolve('.');

describe('the working folder', () => {
  it('is where the person stands whom npm has brought into the clone', () => {
    const own = { npm_lifecycle_event: 'camtune', npm_package_json: join(clone, 'package.json') };
    expect(calledFrom({ ...own, INIT_CWD: '/photos' }, clone)).to.equal('/photos');
    expect(calledFrom({ INIT_CWD: '/photos' }, clone)).to.equal(undefined);
    // npm test, and scripts of other packages, start in the folder of their package.
    expect(calledFrom({ ...own, npm_lifecycle_event: 'test', INIT_CWD: '/photos' }, clone)).to.equal(
      undefined,
    );
    const other = { ...own, npm_package_json: '/elsewhere/package.json', INIT_CWD: '/photos' };
    expect(calledFrom(other, clone)).to.equal(undefined);
    expect(calledFrom({ ...own, INIT_CWD: '/photos' }, null)).to.equal(undefined);
  });

  it('is what relative paths of `npm run -s camtune` start from', function () {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'camtune-folder-')));
    try {
      const npm = ['run', '-s', '--prefix', clone, 'camtune', '--', 'monitor', 'runs/mine'];
      const { status, stderr } = spawnSync('npm', npm, { cwd: folder, encoding: 'utf8' });
      expect(status).to.equal(1);
      expect(stderr).to.match(/^camtune: runs\/mine\/metrics\.jsonl: no such file/);
      // As npm starts it, without npm.
      const main = ['tsx', 'src/cli/main.ts'];
      const inside = spawnSync(
        process.execPath,
        ['--import', ...main, 'train', 'package.json', '--dry-run'],
        {
          cwd: clone,
          encoding: 'utf8',
          env: {
            ...process.env,
            npm_lifecycle_event: 'camtune',
            npm_package_json: join(clone, 'package.json'),
            INIT_CWD: folder,
          },
        },
      );
      expect(inside.stderr).to.contain('expected a recipe file (YAML), found: no such file');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('commandLine', () => {
  it('is what people type: camtune where it is installed, npm run in a clone', () => {
    expect(commandLine(['setup'], null)).to.equal('camtune setup');
    expect(commandLine(['setup'], '/clone', '/clone')).to.equal('npm run -s camtune -- setup');
    expect(commandLine(['setup'], '/clone', '/clone/runs')).to.equal('npm run -s camtune -- setup');
    expect(commandLine(['setup'], '/clone', '/photos')).to.equal(
      'npm run -s --prefix /clone camtune -- setup',
    );
  });

  it('quotes what a shell would take apart', () => {
    expect(commandLine(['train', '--run', "my run's"], null)).to.equal("camtune train --run 'my run'\\''s'");
  });
});

describe('homePath', () => {
  it('puts the home folder in the place of a ~ at the beginning, and nowhere else', () => {
    expect(homePath('~/maps')).to.equal(join(homedir(), 'maps'));
    expect(homePath('~')).to.equal(homedir());
    for (const path of ['a/~/b', '~other/x', '/x', 'x~']) expect(homePath(path)).to.equal(path);
  });
});
