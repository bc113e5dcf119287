import { expect } from 'chai';
import picocolors from 'picocolors';
import { checkLines } from '../../src/cli/commands/doctor.js';

describe('camtune doctor', () => {
  it('has a line a check, in columns, and the fix below what is missing', () => {
    const checks = [
      { name: 'node', ok: true, found: '20.1.0', fix: 'not shown' },
      { name: 'tensorflow', ok: false, found: 'nothing', fix: 'camtune setup' },
    ];
    expect(checkLines(checks, picocolors.createColors(false))).to.deep.equal([
      'ok       node        20.1.0',
      'missing  tensorflow  nothing',
      '         fix: camtune setup',
    ]);
    const fine = checkLines([checks[0]!], picocolors.createColors(true));
    expect(fine).to.deep.equal(['\u001b[32mok\u001b[39m  node  20.1.0']);
    expect(checkLines(checks, picocolors.createColors(true))[1]).to.contain('\u001b[31mmissing\u001b');
  });
});
