import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { appendAtomically } from '../../src/log/append.js';

describe('appendAtomically', () => {
  const folder = mkdtempSync(join(tmpdir(), 'camtune-append-'));
  after(() => rmSync(folder, { recursive: true }));

  const appended = (name: string, ...calls: ((file: number) => void)[]): string => {
    const file = openSync(join(folder, name), 'a');
    for (const call of calls) call(file);
    closeSync(file);
    return readFileSync(join(folder, name), 'utf8');
  };
  const line = Buffer.from('a whole line\n');
  /** Takes three bytes at a time, as a disk that is nearly full may. */
  const short = (file: number, bytes: Uint8Array, start: number): number =>
    writeSync(file, bytes.subarray(start, start + 3));

  it('goes on after a short write', () => {
    const twice = [
      (file: number) => appendAtomically(file, line, short),
      (file: number) => appendAtomically(file, line),
    ];
    expect(appended('short', ...twice)).to.equal('a whole line\na whole line\n');
  });

  it('takes back what was written where the rest is refused, so that the next line stands alone', () => {
    const full = (file: number, bytes: Uint8Array, start: number): number => {
      if (start > 5) throw new Error('no space left');
      return short(file, bytes, start);
    };
    const calls = [
      (file: number) => appendAtomically(file, line),
      (file: number) => expect(() => appendAtomically(file, line, full)).to.throw('no space left'),
      (file: number) => appendAtomically(file, line),
    ];
    expect(appended('full', ...calls)).to.equal('a whole line\na whole line\n');
  });
});
