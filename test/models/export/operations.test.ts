import { expect } from 'chai';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareOperators, type OperatorCases } from '../../../bench/parity-networks/operators.js';
import { classifier, loadModel, toOnnx } from '../../../src/models/index.js';
import { decodeOnnx, elementType } from '../../../src/models/onnx/index.js';
import { cpuBackend } from '../../backend.js';
import { inFolder } from '../support.js';

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

  it('pads no more than the file did: onnxruntime refuses pads as large as the kernel', async () => {
    const { node } = await exportedGraph('MaxPool 3/2 ceil pads', 'float32');
    const { attribute } = node.find(({ op_type: kind }) => kind === 'MaxPool')!;
    const of = (name: string) => attribute.find((each) => each.name === name)!;
    expect(of('pads').ints.map(Number)).to.deep.equal([1, 1, 1, 1]);
    expect(Number(of('ceil_mode').i)).to.equal(1);
  });

  it('computes Celu in float32 in a float16 file: opset 17 has it in no other type', async () => {
    const { node } = await exportedGraph('Celu', 'float16');
    const index = node.findIndex(({ op_type: kind }) => kind === 'Celu');
    const types = [node[index - 1]!, node[index + 1]!].map(({ op_type: kind, attribute }) => [
      kind,
      Number(attribute[0]!.i),
    ]);
    expect(types).to.deep.equal([
      ['Cast', elementType.FLOAT],
      ['Cast', elementType.FLOAT16],
    ]);
  });
});

async function exportedGraph(label: string, precision: 'float32' | 'float16') {
  const { model: bytes } = given.cases.find((each) => each.label.startsWith(label))!;
  return inFolder(async (folder) => {
    const path = join(folder, 'operator.onnx');
    writeFileSync(path, Buffer.from(bytes, 'base64'));
    const { model } = await loadModel(path);
    return decodeOnnx(toOnnx(classifier(model), { precision })).graph;
  });
}
