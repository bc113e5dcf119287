import { expect } from 'chai';
import { csv, resultRows, tableCells } from '../../../src/evaluate/folder/rows.js';
import { methodSettings } from '../../../src/evaluate/folder/method-settings.js';
import { InvalidInput } from '../../../src/errors.js';

const estimate = (mean: number) => ({ mean, low: mean - 0.1, high: mean + 0.1 });

describe('results as rows', () => {
  it('are one a method', () => {
    const rows = resultRows({
      lafam: { insertion: estimate(0.5), energy: null },
      random: { insertion: null, energy: null },
    });
    expect(tableCells(rows, 'insertion-deletion')).to.deep.equal([
      ['method', 'insertion ↑', 'energy'],
      ['lafam', '0.500 [0.400, 0.600]', '–'],
      ['random', '–', '–'],
    ]);
    expect(csv(rows)).to.equal(
      'method,insertion,insertionLow,insertionHigh,energy,energyLow,energyHigh\nlafam,0.5,0.4,0.6,,,\nrandom,,,,,,\n',
    );
  });

  it('say over how many images a mean is where it is not over all', () => {
    const rows = resultRows({ lafam: { spearman: { ...estimate(0.5), n: 7 } } });
    expect(tableCells(rows, 'agreement')[1]).to.deep.equal(['lafam', '0.500 [0.400, 0.600] (n = 7)']);
  });

  it('are one a group where a method has groups of figures', () => {
    const rows = resultRows({ lafam: { cascading: { fc: { ssim: estimate(0.5) }, 'a,b': { ssim: null } } } });
    expect(tableCells(rows, 'sanity')).to.deep.equal([
      ['method', '', '', 'ssim ↓'],
      ['lafam', 'cascading', 'fc', '0.500 [0.400, 0.600]'],
      ['lafam', 'cascading', 'a,b', '–'],
    ]);
    expect(csv(rows)).to.include('lafam,cascading,"a,b",,,\n');
  });
});

describe('methodSettings', () => {
  it('reads METHOD.OPTION=VALUE, values as JSON where they are', () => {
    expect(
      methodSettings(['group-cam.groups=8', 'group-cam.profile=reference', 'grad-cam++.epsilon=1e-6']),
    ).to.deep.equal({
      'group-cam': { groups: 8, profile: 'reference' },
      'grad-cam++': { epsilon: 1e-6 },
    });
  });

  it('cannot reach the prototype', () => {
    const found = methodSettings(['__proto__.polluted=1', 'group-cam.__proto__={"groups":2}']);
    expect(Object.keys(found)).to.have.members(['__proto__', 'group-cam']);
    expect(({} as Record<string, unknown>)['polluted']).to.equal(undefined);
    expect(found['group-cam']!.groups).to.equal(undefined);
  });

  it('refuses other forms', () => {
    expect(() => methodSettings(['groups=8'])).to.throw(InvalidInput, '--set: expected METHOD.OPTION=VALUE');
  });
});
