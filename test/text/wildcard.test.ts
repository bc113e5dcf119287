import { expect } from 'chai';
import { matchesWildcard } from '../../src/text/wildcard.js';

describe('matchesWildcard', () => {
  const cases: [string, string[], string[]][] = [
    ['conv1', ['conv1'], ['conv', 'conv12', 'xconv1', '']],
    ['conv*', ['conv', 'conv1', 'conv1_conv2'], ['con', 'xconv']],
    ['*bn*', ['bn', 'bn1', 'layer1_bn', 'xbnx'], ['b', 'nb']],
    ['a*b*c', ['abc', 'aXbXc', 'abcbc', 'abbc'], ['ab', 'acb', 'abcd']],
    ['?.png', ['a.png'], ['.png', 'ab.png', 'axpng']],
    ['a.b+(c)', ['a.b+(c)'], ['axb+(c)']],
    ['', [''], ['a']],
    ['**', ['', 'a'], []],
  ];
  for (const [pattern, matching, others] of cases) {
    it(`reads ${pattern || 'an empty pattern'}`, () => {
      expect([...matching, ...others].filter((text) => matchesWildcard(pattern, text))).to.deep.equal(
        matching,
      );
    });
  }

  it('answers at once to patterns that a regular expression would try for ever', () => {
    const text = 'a'.repeat(200);
    expect(matchesWildcard(`${'*'.repeat(60)}x`, text)).to.equal(false);
    expect(matchesWildcard(`${'*a'.repeat(60)}x`, text)).to.equal(false);
    expect(matchesWildcard('*a'.repeat(60), text)).to.equal(true);
  });
});
