import { expect } from 'chai';
import { invalid, phrase, show } from '../src/errors.js';

describe('sentences of errors', () => {
  it('have quotes around texts that were found, and none around words about them', () => {
    expect(invalid('--data', 'a folder', 'photos').message).to.equal(
      '--data: expected a folder, found "photos"',
    );
    expect(invalid('photos', 'a folder', phrase('a file'), 'name its folder').message).to.equal(
      'photos: expected a folder, found a file; name its folder',
    );
    expect(invalid('photos', 'a folder', 'a file').message).to.match(/found "a file"$/);
    expect(invalid('--data', 'a folder', undefined).message).to.match(/found nothing$/);
    expect(invalid('--data', 'a folder', 'nothing').message).to.match(/found "nothing"$/);
  });

  it('tell numbers that JSON does not have from null', () => {
    expect([NaN, -Infinity, null, 0.5, 3n, [1, 2]].map(show)).to.deep.equal(['NaN', '-Infinity', 'null', '0.5', '3n', '[1,2]']); // prettier-ignore
  });

  it('show values and phrases on one short line', () => {
    for (const found of ['a\u001b[2J\n', phrase('a\u001b[2J\n')])
      expect(show(found)).to.match(/^"?a\\u001b\[2J\\n"?$/);
    for (const found of ['x'.repeat(500), phrase('x'.repeat(500))])
      expect(show(found))
        .to.have.length(120)
        .and.match(/x\.\.\.$/);
  });

  it('are the same for a value that looks like a phrase', () => {
    expect(show({ words: 'a file' })).to.equal('{"words":"a file"}');
  });
});
