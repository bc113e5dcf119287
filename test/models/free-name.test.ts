import { expect } from 'chai';
import { freeName, noNames } from '../../src/models/free-name.js';

describe('freeName', () => {
  it('gives the name that is wanted, or the first with a number that is free', () => {
    const names = noNames();
    expect(['a', 'a', 'a_3', 'a', 'a', 'b'].map((wanted) => freeName(names, wanted))).to.deep.equal(['a', 'a_1', 'a_3', 'a_2', 'a_4', 'b']); // prettier-ignore
    expect(freeName(names, 'b', (count) => (count === 1 ? 'net_b' : `net_b_${count}`))).to.equal('net_b');
  });

  it('does not count from the beginning for each of many that want the same name', () => {
    const names = noNames();
    let made = 0;
    const numbered = (count: number): string => {
      made++;
      return `a_${count}`;
    };
    for (let index = 0; index < 1000; index++) freeName(names, 'a', numbered);
    expect(made).to.be.below(2001);
  });
});
