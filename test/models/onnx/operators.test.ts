import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { compareOperators, type OperatorCases } from '../../../bench/parity-networks/operators.js';
import { cpuBackend } from '../../backend.js';

// Made by bench/parity-networks/operators.py --brief: what onnxruntime gives for networks of one operator.
const fixture = new URL('./fixtures/operators.json', import.meta.url);
const given = JSON.parse(readFileSync(fixture, 'utf8')) as OperatorCases;

describe('an ONNX operator', () => {
  before(cpuBackend);

  for (const each of given.cases) {
    it(`is that of onnxruntime, with its gradient: ${each.label}`, () =>
      compareOperators({ ...given, cases: [each] }, (_, distance) => {
        if (distance instanceof Error) throw distance;
        expect(distance.values, 'values').to.be.below(1e-5);
        expect(distance.slope, 'slope').to.be.below(1e-2);
      }));
  }
});
