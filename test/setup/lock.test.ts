import { existsSync } from 'node:fs';
import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { LockHolder } from '../../src/files/lock.js';
import { run } from '../../src/setup/command.js';
import { withLock } from '../../src/setup/lock.js';
import { withHome } from './home.js';

const nobody = (): never => expect.fail('nobody else holds the lock');

describe('withLock', () => {
  it('lets one work after the other, and says who is waited for', () =>
    withHome(async (home) => {
      const seen: string[] = [];
      const second = (onWait: (holder: string) => void) =>
        withLock(home, onWait, () => Promise.resolve(void seen.push('second begins')));
      let waiting: Promise<void> | undefined;
      await withLock(home, nobody, async () => {
        seen.push('first begins');
        await new Promise<void>((waits) => {
          waiting = second((holder) => waits(void seen.push(`waits for ${holder}`)));
        });
        seen.push('first ends');
      });
      await waiting;
      const me = `process ${process.pid} on ${hostname()}`;
      expect(seen).to.deep.equal(['first begins', `waits for ${me}`, 'first ends', 'second begins']);
      expect(existsSync(join(home, 'setup.lock'))).to.equal(false);
    }));

  it('lets go when the work fails', () =>
    withHome(async (home) => {
      const failed = await withLock(home, nobody, () => Promise.reject(new Error('no'))).catch(
        (e: Error) => e.message,
      );
      expect(failed).to.equal('no');
      expect(await withLock(home, nobody, () => Promise.resolve(1))).to.equal(1);
    }));

  it('takes over at once from a process that is gone', () =>
    withHome(async (home) => {
      const { stdout: pid } = await run(process.execPath, ['-p', 'process.pid']);
      await lockedBy(home, { host: hostname(), pid: Number(pid), began: null });
      const holder = await withLock(home, nobody, () => readFile(join(home, 'setup.lock'), 'utf8'));
      expect(JSON.parse(holder)).to.include({ host: hostname(), pid: process.pid });
    }));

  it('takes over from another machine that has been silent for a minute, and from no other', () =>
    withHome(async (home) => {
      await lockedBy(home, { host: 'elsewhere', pid: 1, began: null });
      const waited: string[] = [];
      let working: Promise<string> | undefined;
      await new Promise<void>((waits) => {
        const onWait = (holder: string): void => waits(void waited.push(holder));
        working = withLock(home, onWait, () => Promise.resolve('done'));
      });
      const long = new Date(Date.now() - 61_000);
      await utimes(join(home, 'setup.lock'), long, long);
      expect(await working).to.equal('done');
      expect(waited).to.deep.equal(['process 1 on elsewhere']);
    }));
});

async function lockedBy(home: string, holder: LockHolder): Promise<void> {
  await mkdir(home, { recursive: true });
  await writeFile(join(home, 'setup.lock'), JSON.stringify(holder));
}
