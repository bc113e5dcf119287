import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { needsNative } from '../backend.js';
import { expect } from 'chai';

/** Runs a script of threads/ in a process of its own: what goes wrong here ends the process. */
function run(script: string, env: Record<string, string> = {}): void {
  const path = fileURLToPath(new URL(`threads/${script}`, import.meta.url));
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', path], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  expect({ status, signal, ended: stdout.trim().split('\n').at(-1) }, stderr).to.deep.equal({
    status: 0,
    signal: null,
    ended: 'sound',
  });
}

describe('threads', () => {
  before(needsNative);

  for (const threads of [8, 32]) {
    it(`of the runtime, ${threads} between operations, never touch memory of JavaScript`, () =>
      run('stress.ts', { TF_NUM_INTEROP_THREADS: String(threads), TF_NUM_INTRAOP_THREADS: '4' }));
  }

  it('of Node compile and train at once, and one may end while the others go on', () => run('workers.ts'));
});
