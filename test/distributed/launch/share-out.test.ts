import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { compiled } from '../../compiled.js';
import type { Outcome } from '../../../src/distributed/launch/index.js';

describe('shareOut', () => {
  it('names a frozen worker and ends it, but none that only computes', async () => {
    const program = [compiled('test/distributed/launch/sharing.ts')];
    const parent = spawn(process.execPath, program, { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    parent.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await new Promise((resolve) => parent.on('close', resolve));
    const { failed, stopped } = JSON.parse(said) as Outcome;
    expect(failed).to.include({ rank: 1, signal: 'SIGKILL', silence: 5 });
    expect(stopped).to.equal(undefined);
  });
});
