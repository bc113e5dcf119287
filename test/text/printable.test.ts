import { expect } from 'chai';
import { InvalidInput, invalid } from '../../src/errors.js';
import { sentence } from '../../src/cli/errors.js';
import { progress } from '../../src/cli/progress.js';
import { printable, printableJson, printableLines } from '../../src/text/printable.js';

const hostile = 'a\u001b]0;title\u0007b\u009b31mc\u202ed\r\ne';

describe('printable', () => {
  it('shows control characters instead of sending them', () => {
    expect(printable(hostile)).to.equal('a\\u001b]0;title\\u0007b\\u009b31mc\\u202ed\\u000d\\ne');
    expect(printable('\ufeffseed\u200b')).to.equal('\\ufeffseed\\u200b');
    expect(printable('Röcke 裙子 🙂 it’s\u00a0fine')).to.equal('Röcke 裙子 🙂 it’s\u00a0fine');
  });

  it('leaves lines and colors of our own', () => {
    expect(printableLines('\u001b[1mname\u001b[22m\tx\ny\u001b[2Jz')).to.equal(
      '\u001b[1mname\u001b[22m\tx\ny\\u001b[2Jz',
    );
  });

  it('writes JSON that reads back the same', () => {
    const value = { [hostile]: [hostile] };
    const text = printableJson(value, 2);
    expect(text).to.not.match(/[\u007f-\u009f\u202e\u001b]/);
    expect(JSON.parse(text)).to.deep.equal(value);
  });

  it('is what errors show of names', () => {
    expect(invalid(hostile, 'x', hostile).message).to.not.match(/[\p{Cc}\u202e]/u);
    const faked = sentence(new InvalidInput(`${hostile}: wrong\n  second line`), {});
    expect(faked.split('\n')).to.have.length(2);
    expect(faked).to.match(/^camtune: a\\u001b.*: wrong\n {2}second line$/);
    expect(sentence(new TypeError(hostile), {})).to.not.match(/[\p{Cc}]/u);
  });

  it('is what progress shows', () => {
    let written = '';
    const stream = { write: (text: string) => (written += text) };
    const shown = progress(
      { label: hostile, total: 1, unit: 'images' },
      { stream, environment: {}, now: () => 0 },
    );
    shown.log(hostile);
    shown.update(1, { class: hostile });
    shown.finish();
    expect(written).to.not.match(/[\u0007\u001b\u009b\u202e\r]/);
  });
});
