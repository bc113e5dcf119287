import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { compiled } from '../../compiled.js';
import { processStart } from '../../../src/process/state.js';

interface Launched {
  /** Resolves with the exit status, or the signal. */
  ended: Promise<number | NodeJS.Signals | null>;
  said(): string;
  kill(signal: NodeJS.Signals): void;
  /** Ids of the workers by rank, as soon as all have said theirs, in whatever order. */
  workers(): Promise<number[]>;
}

function launched(size: number, action: string, restarts = 0, environment: NodeJS.ProcessEnv = {}): Launched {
  const program = [compiled('test/distributed/launch/program.ts'), 'parent', String(size), String(restarts), action]; // prettier-ignore
  const child = spawn(process.execPath, program, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const found = (): number[] => {
    const lines = [...said.matchAll(/worker (\d) of \d is (\d+)/g)];
    return lines.sort(([, a], [, b]) => Number(a) - Number(b)).map(([, , id]) => Number(id));
  };
  return {
    ended: new Promise((resolve) => child.on('close', (code, signal) => resolve(code ?? signal))),
    said: () => said,
    kill: (signal) => void child.kill(signal),
    async workers() {
      while (found().length < size && child.exitCode === null) await wait(10);
      return found();
    },
  };
}

/** Whether none of the processes is there any more; they have some time to go. */
async function areGone(ids: number[]): Promise<boolean> {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const starts = await Promise.all(ids.map(processStart));
    if (starts.every((start) => start === undefined)) return true;
    await wait(10);
  }
  return false;
}

describe('launch', () => {
  it('starts workers that know their places, hears the first as it is and the others by their ranks', async () => {
    const parent = launched(3, 'done');
    expect(await parent.ended, parent.said()).to.equal(0);
    expect(parent.said()).to.match(/^worker 0 of 3 is \d+$/m);
    expect(parent.said()).to.match(/^rank 1: worker 1 of 3 is \d+$/m);
    expect(parent.said()).to.match(/^rank 2: worker 2 of 3 is \d+$/m);
  });

  it('ends all when one is killed, and says which and after which step', async () => {
    const parent = launched(3, 'sleep');
    const workers = await parent.workers();
    process.kill(workers[1]!, 'SIGKILL');
    expect(await parent.ended).to.equal(1);
    expect(parent.said()).to.include('camtune: rank 1 of 3 was ended by SIGKILL after step 8');
    expect(await areGone(workers)).to.equal(true);
  });

  it('ends a frozen one too', async () => {
    const parent = launched(2, 'sleep');
    const workers = await parent.workers();
    process.kill(workers[0]!, 'SIGSTOP');
    process.kill(workers[1]!, 'SIGKILL');
    expect(await parent.ended).to.equal(1);
    expect(await areGone(workers)).to.equal(true);
  });

  it('ends one that is frozen before the others can notice, names it, and ends them', async () => {
    const parent = launched(2, 'sleep', 0, { SILENCE: '10' });
    const workers = await parent.workers();
    process.kill(workers[0]!, 'SIGSTOP');
    expect(await parent.ended).to.equal(1);
    expect(parent.said()).to.match(
      /rank 0 of 2 was frozen \(no sign of life for 10 s\) and has been ended after step 7/,
    );
    expect(await areGone(workers)).to.equal(true);
  });

  it('hands a signal on, and ends with its status', async () => {
    const parent = launched(2, 'sleep');
    const workers = await parent.workers();
    await wait(300);
    parent.kill('SIGINT');
    expect(await parent.ended, parent.said()).to.equal(130);
    expect(await areGone(workers)).to.equal(true);
  });

  it('leaves no worker behind when it is killed itself, however busy they are', async () => {
    const parent = launched(2, 'compute');
    const workers = await parent.workers();
    expect(workers).to.have.length(2);
    parent.kill('SIGKILL');
    expect(await parent.ended).to.equal('SIGKILL');
    expect(await areGone(workers)).to.equal(true);
  });

  it('starts them again after a failure, as often as is wanted', async () => {
    const parent = launched(2, 'fail-once', 1);
    expect(await parent.ended, parent.said()).to.equal(0);
    expect(parent.said()).to.match(/rank 1 of 2 was the first to fail \(status 1\) after step 8/);
    expect(parent.said()).to.include('starting again from the last checkpoint (1 of 1)');
    expect(parent.said().match(/rank 1: worker 1 of 2/g)).to.have.length(2);
  });

  it('names the rank of whose failure the first to end has been told', async () => {
    const sentence = 'was the first to fail (rank 1 noticed, and ended with status 1) after step 7';
    const parent = launched(2, 'rank-0-fails');
    expect(await parent.ended).to.equal(1);
    expect(parent.said()).to.include('rank 1: rank 0 (127.0.0.1:1) failed: its disk is full');
    expect(parent.said()).to.include(`camtune: rank 0 of 2 ${sentence}`);
    const other = launched(2, 'rank-1-is-lost');
    expect(await other.ended).to.equal(1);
    expect(other.said()).to.match(/rank 1 of 2 was the first to fail \(rank 0 noticed, .*\) after step 8/);
  });

  it('does not start them again after wrong use', async () => {
    const parent = launched(2, 'wrong', 3);
    expect(await parent.ended).to.equal(2);
    expect(parent.said()).to.not.include('starting again');
  });
});
