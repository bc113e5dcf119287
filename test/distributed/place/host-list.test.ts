import { expect } from 'chai';
import { expandHosts, expandNumbers } from '../../../src/distributed/place/host-list.js';

describe('expandHosts', () => {
  const lists: [text: string, hosts: string[]][] = [
    ['login', ['login']],
    ['node[01-03,07]', ['node01', 'node02', 'node03', 'node07']],
    ['a1,b[2-3],c.d-e', ['a1', 'b2', 'b3', 'c.d-e']],
    ['n[9-11]', ['n9', 'n10', 'n11']],
    ['r[0-1]n[08-09].cluster', ['r0n08.cluster', 'r0n09.cluster', 'r1n08.cluster', 'r1n09.cluster']],
  ];
  lists.forEach(([text, hosts]) =>
    it(`reads ${text}`, () => expect(expandHosts('LIST', text)).to.deep.equal(hosts)),
  );

  [
    '',
    ',',
    'a,,b',
    'n[]',
    'n[a-b]',
    'n]1[',
    'n[1-2',
    'n[[1]]',
    'n[2-1]',
    'a b',
    `n[${'1,'.repeat(70000)}1]`,
  ].forEach((text) =>
    it(`refuses ${text.slice(0, 12)}`, () =>
      expect(() => expandHosts('LIST', text)).to.throw(/^LIST: expected a list/)),
  );

  it('keeps the width of numbers', () =>
    expect(expandNumbers('PORTS', '098-101,7')).to.deep.equal(['098', '099', '100', '101', '7']));
});
