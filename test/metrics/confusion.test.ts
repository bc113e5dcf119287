import { expect } from 'chai';
import { balancedAccuracy, classScores, confusionMatrix } from '../../src/metrics/index.js';

describe('confusion', () => {
  it('has labels as rows and predictions as columns', () => {
    expect(confusionMatrix([0, 0, 1, 2], [0, 1, 1, 0], 3)).to.deep.equal([
      [1, 1, 0],
      [0, 1, 0],
      [1, 0, 0],
    ]);
  });

  it('gives each class its precision, recall and F1, where they are defined', () => {
    const scores = classScores([
      [3, 1, 0, 0],
      [1, 1, 0, 0],
      [0, 2, 0, 0],
      [0, 0, 0, 0],
    ]);
    expect(scores).to.deep.equal([
      { support: 4, predicted: 4, precision: 0.75, recall: 0.75, f1: 0.75 },
      { support: 2, predicted: 4, precision: 0.25, recall: 0.5, f1: 1 / 3 },
      { support: 2, predicted: 0, precision: null, recall: 0, f1: 0 },
      { support: 0, predicted: 0, precision: null, recall: null, f1: null },
    ]);
    expect(balancedAccuracy(scores)).to.be.closeTo((0.75 + 0.5 + 0) / 3, 1e-12);
  });
});
