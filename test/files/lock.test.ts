import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Failure } from '../../src/errors.js';
import { lockFolder, tryLock, type LockHolder } from '../../src/files/lock.js';
import { processStart } from '../../src/process/state.js';
import { errorOf } from '../data/folder.js';

describe('a locked folder', () => {
  let folder: string;
  let path: string;
  const children: ChildProcess[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'camtune-lock-'));
    path = join(folder, 'camtune.lock');
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  const held = (holder: LockHolder): void => writeFileSync(path, JSON.stringify(holder));
  const living = async (): Promise<ChildProcess & { pid: number }> => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)']);
    children.push(child);
    await once(child, 'spawn');
    return child as ChildProcess & { pid: number };
  };

  it('is refused to others, with the process that has it, until it is released', async () => {
    const lock = await lockFolder(folder);
    const error = await errorOf(lockFolder(folder));
    expect(error).to.be.instanceOf(Failure);
    expect(error.message).to.match(
      new RegExp(`^${folder}: process ${process.pid} on ${hostname()} is at work in this folder; wait `),
    );
    await lock.release();
    expect(readdirSync(folder)).to.deep.equal([]);
    await (await lockFolder(folder)).release();
  });

  it('goes to one of many that want it', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => tryLock(path)));
    expect(all.filter((one) => 'release' in one)).to.have.length(1);
    expect(readdirSync(folder)).to.deep.equal(['camtune.lock']);
  });

  it('stays with a process that lives', async () => {
    const { pid } = await living();
    held({ host: hostname(), pid, began: (await processStart(pid))! });
    expect(await tryLock(path)).to.deep.equal({ holder: `process ${pid} on ${hostname()}` });
  });

  it('is taken from a process that was killed', async () => {
    const child = await living();
    held({ host: hostname(), pid: child.pid, began: (await processStart(child.pid))! });
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await processStart(child.pid)).to.equal(undefined);
    await (await lockFolder(folder)).release();
  });

  it('is taken where the id now belongs to another process', async function () {
    const { pid } = await living();
    if ((await processStart(pid)) === null) this.skip();
    held({ host: hostname(), pid, began: 'an earlier boot 1' });
    const lock = await lockFolder(folder);
    expect(JSON.parse(readFileSync(path, 'utf8'))).to.include({ pid: process.pid });
    await lock.release();
  });

  it('of another machine is taken after the silence that was asked for, otherwise never', async () => {
    held({ host: 'elsewhere', pid: 1, began: null });
    const long = new Date(Date.now() - 61_000);
    utimesSync(path, long, long);
    expect(await tryLock(path)).to.deep.equal({ holder: 'process 1 on elsewhere' });
    expect(await tryLock(path, { silentMs: 60_000 })).to.have.property('release');
  });

  it('that is a pipe, or names no process that can be, counts as one that a power cut has left', async () => {
    const old = new Date(Date.now() - 60_000);
    execFileSync('mkfifo', [path]);
    utimesSync(path, old, old);
    await (await lockFolder(folder)).release();
    held({ host: hostname(), pid: -1, began: null });
    utimesSync(path, old, old);
    await (await lockFolder(folder)).release();
  });

  it('is taken where a power cut has emptied the lock, not while it may be being written', async () => {
    writeFileSync(path, '');
    expect(await tryLock(path)).to.deep.equal({ holder: 'another process' });
    const before = new Date(Date.now() - 11_000);
    utimesSync(path, before, before);
    await (await lockFolder(folder)).release();
  });
});

describe('processStart', () => {
  it('is the same at each call, and another one for a later process', async function () {
    const own = await processStart(process.pid);
    if (own === null) this.skip();
    expect(await processStart(process.pid)).to.equal(own);
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)']);
    await once(child, 'spawn');
    expect(await processStart(child.pid!))
      .to.be.a('string')
      .and.not.equal(own);
    child.kill('SIGKILL');
  });
});
