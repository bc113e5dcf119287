import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { needsNative } from '../backend.js';
import { arithmetic } from './operations/arithmetic.js';
import { convolutions } from './operations/convolutions.js';
import { elementwise } from './operations/elementwise.js';
import { shapes } from './operations/shapes.js';
import { compiledDifference, gradientOf, tensorsInUse } from './support.js';

const LIMIT = 1e-6;

describe('compile, operation by operation, gives what eager execution gives', () => {
  before(needsNative);

  for (const { name, run, inputs, gradient } of [...elementwise, ...arithmetic, ...convolutions, ...shapes]) {
    it(gradient ? `${name}, and its gradient` : name, () => {
      const before = tensorsInUse();
      const given = inputs();
      expect(compiledDifference(run, given), 'values').to.be.at.most(LIMIT);
      if (gradient) expect(compiledDifference(gradientOf(run), given), 'gradient').to.be.at.most(LIMIT);
      tf.dispose(given);
      expect(tensorsInUse(), 'tensors in use').to.deep.equal(before);
    });
  }
});
