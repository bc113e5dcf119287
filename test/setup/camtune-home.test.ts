import { execFileSync } from 'node:child_process';
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';

const paths = pathToFileURL('src/tensorflow/native/runtime/paths.ts').href;

/** The cache folder of a process with another environment: homedir() reads the real one. */
function homeWith(environment: Record<string, string | undefined>): string {
  const script = `import(${JSON.stringify(paths)}).then(({ camtuneHome }) => console.log(camtuneHome()))`;
  const clean = { ...process.env, CAMTUNE_HOME: undefined, XDG_CACHE_HOME: undefined, ...environment };
  return execFileSync(process.execPath, ['--import', 'tsx', '-e', script], {
    env: clean,
    encoding: 'utf8',
  }).trim();
}

describe('camtuneHome', () => {
  const own = join(userInfo().homedir, '.cache', 'camtune');

  it('is in the home that the system knows where HOME is empty, missing or no absolute path', () => {
    for (const HOME of ['', undefined, 'some/where']) expect(homeWith({ HOME }), String(HOME)).to.equal(own);
    expect(homeWith({ HOME: '/home/x' })).to.equal('/home/x/.cache/camtune');
  });

  it('ignores a cache folder that is no absolute path, as XDG says, and makes CAMTUNE_HOME absolute', () => {
    expect(homeWith({ HOME: '/home/x', XDG_CACHE_HOME: 'caches' })).to.equal('/home/x/.cache/camtune');
    expect(homeWith({ HOME: '/home/x', XDG_CACHE_HOME: '/caches' })).to.equal('/caches/camtune');
    expect(homeWith({ CAMTUNE_HOME: 'here' })).to.equal(resolve('here'));
  });
});
