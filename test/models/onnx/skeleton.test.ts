import { expect } from 'chai';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildNetwork } from '../../../src/models/onnx/build-network.js';
import { elementType, encodeOnnx } from '../../../src/models/onnx/index.js';
import { readOnnx } from '../../../src/models/onnx/read-onnx.js';
import { failure, inFolder } from '../support.js';
import { cpuBackend } from '../../backend.js';

const values = Float32Array.from({ length: 12 * 300 }, (_, index) => Math.sin(index));
const sizes = (...dims: (number | string)[]) => ({
  tensor_type: {
    elem_type: elementType.FLOAT,
    shape: {
      dim: dims.map((size) => (typeof size === 'number' ? { dim_value: size } : { dim_param: size })),
    },
  },
});
const bytes = encodeOnnx({
  ir_version: 8,
  opset_import: [{ domain: '', version: 17 }],
  graph: {
    node: [
      { op_type: 'Flatten', input: ['image'], output: ['flat'], name: 'flat' },
      { op_type: 'Gemm', input: ['flat', 'fc.weight', 'fc.bias'], output: ['y'], name: 'fc' },
    ],
    initializer: [
      {
        name: 'fc.weight',
        dims: [12, 300],
        data_type: elementType.FLOAT,
        raw_data: new Uint8Array(values.buffer),
      },
      { name: 'fc.bias', dims: [300], data_type: elementType.FLOAT, raw_data: new Uint8Array(1200) },
    ],
    input: [{ name: 'image', type: sizes('N', 3, 2, 2) }],
    output: [{ name: 'y', type: sizes('N', 300) }],
  },
});

describe('a large ONNX file', () => {
  before(cpuBackend);

  it('is decoded without its tensors, which are read from it one by one', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'large.onnx');
      writeFileSync(path, bytes);
      const file = await readOnnx(path, 0);
      const [weight, bias] = file.model.graph.initializer;
      expect([weight!.raw_data?.length ?? 0, bias!.raw_data!.length]).to.deep.equal([0, 1200]);
      const { model } = buildNetwork(file, path, 2);
      const kernel = model.layers.at(-1)!.getWeights()[0]!.dataSync();
      const whole = buildNetwork(await readOnnx(path), path, 2)
        .model.layers.at(-1)!
        .getWeights()[0]!;
      expect([...kernel]).to.deep.equal([...whole.dataSync()]);
    }));

  it('is refused where it is cut off, wherever that is', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'cut.onnx');
      for (const length of [bytes.length - 1, 9000, 200, 40, 3]) {
        writeFileSync(path, bytes);
        truncateSync(path, length);
        expect(await failure(() => readOnnx(path, 0)), `${length}`).to.contain('cut off');
      }
    }));
});
