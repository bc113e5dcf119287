import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { compareOperators, type OperatorCases } from '../../../bench/parity-networks/operators.js';
import { cpuBackend } from '../../backend.js';

const fixture = new URL('../onnx/fixtures/operators.json', import.meta.url);
const given = JSON.parse(readFileSync(fixture, 'utf8')) as OperatorCases;
// What opset 17 has no operator for.
const refused = /^(AveragePool dilated|Resize .* half_pixel_symmetric)/;

describe('export of networks that came as ONNX', () => {
  before(cpuBackend);

  for (const each of given.cases.filter(({ label }) => !refused.test(label))) {
    it(`writes the operator again: ${each.label}`, () =>
      compareOperators(
        { ...given, cases: [each] },
        (_, distance) => {
          if (distance instanceof Error) throw distance;
          expect(distance.values, 'values').to.be.below(1e-5);
        },
        true,
      ));
  }
});
