import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cpuBackend } from '../../backend.js';
import { loadModel } from '../../../src/models/index.js';
import { attributeType, elementType } from '../../../src/models/onnx/index.js';
import { failure, inFolder } from '../support.js';
import { floats, integers, node, writeGraph, type Node, type Tensor } from './graph.js';

/** What loading a graph says; by default one of a dense layer on a picture of 2 × 2. */
async function loading(
  folder: string,
  { nodes = classify, tensors = [weights], side = 2 }: { nodes?: Node[]; tensors?: Tensor[]; side?: number },
): Promise<string> {
  const path = await writeGraph(folder, nodes, tensors, side);
  return failure(() => loadModel(path));
}

const weights = floats(
  'w',
  [2, 12],
  Array.from({ length: 24 }, (_, index) => index / 24),
);
const classify = [
  node('Flatten', ['x'], ['flat']),
  node('Gemm', ['flat', 'w'], ['y'], {
    attribute: [{ name: 'transB', type: attributeType.INT, i: 1 }],
  }),
];

describe('an ONNX file from elsewhere', () => {
  before(cpuBackend);
  afterEach(() => tf.disposeVariables());

  const says = (what: string, graph: Parameters<typeof loading>[1], ...parts: string[]) =>
    it(`${what}`, () =>
      inFolder(async (folder) => {
        const message = await loading(folder, graph);
        for (const part of parts) expect(message).to.contain(part);
        expect(message).to.not.contain('\n');
      }));

  says('is read where nothing is wrong', {}, 'nothing was thrown');
  says(
    'has all its unknown operators named',
    { nodes: [node('Wobble', ['x'], ['a']), node('Wiggle', ['a'], ['b']), node('Wobble', ['b'], ['y'])] },
    'operators that are not known',
    "Wobble ('the_Wobble', 'the_Wobble')",
    "Wiggle ('the_Wiggle')",
  );
  says(
    'cannot go in circles',
    { nodes: [node('Add', ['x', 'b'], ['a']), node('Relu', ['a'], ['b']), node('Relu', ['b'], ['y'])] },
    'need each other in a circle',
  );
  says(
    'has to make what it needs',
    { nodes: [node('Relu', ['nothing'], ['y'])] },
    'no node gives the value "nothing"',
  );
  says(
    'makes no weight of parameters in ever more operations',
    {
      nodes: [
        ...Array.from({ length: 40 }, (_, at) => node('Add', [`sum${at}`, `sum${at}`], [`sum${at + 1}`])),
        ...classify.slice(0, 1),
        node('Gemm', ['flat', 'sum40'], ['y'], {
          attribute: [{ name: 'transB', type: attributeType.INT, i: 1 }],
        }),
      ],
      tensors: [{ ...weights, name: 'sum0' }],
    },
    'makes a weight of parameters in more than 1000 operations',
  );
  says(
    'is no chain that is too long to be walked through',
    {
      nodes: [
        ...Array.from({ length: 20_000 }, (_, at) =>
          node('Relu', [at === 0 ? 'x' : `x${at}`], [`x${at + 1}`]),
        ),
        node('Flatten', ['x20000'], ['flat']),
        ...classify.slice(1),
      ],
    },
    'has too many layers one after the other',
  );
  says('names its values once', { tensors: [weights, weights] }, 'two things give the value "w"');
  says(
    'names what its nodes make once',
    { nodes: [node('Relu', ['x'], ['y']), node('Relu', ['x'], ['y'])] },
    'two things give the value "y"',
  );
  says(
    'holds as many values as it says',
    { tensors: [{ ...weights, dims: [100_000_000, 12] }] },
    "'w': has sizes [100000000, 12]",
    '96 are stored',
  );
  says(
    'holds numbers',
    { tensors: [floats('w', [2, 12], new Array<number>(24).fill(NaN))] },
    'not a finite number',
  );
  says(
    'keeps its data in its own folder',
    { tensors: [external('../secret.bin')] },
    "not a file in the model's own folder",
  );
  says('keeps its data in a file by a relative name', { tensors: [external('/etc/hostname')] }, 'own folder');
  says('wants pictures that can be computed', { side: 100_000_000 }, 'from 1 to 4096 a side can be computed');
  says(
    'makes no millions of values out of nothing',
    {
      nodes: [
        node('ConstantOfShape', ['sizes'], ['big']),
        node('Add', ['x', 'big'], ['sum']),
        node('Flatten', ['sum'], ['y']),
      ],
      tensors: [integers('sizes', [100_000, 100_000])],
    },
    'that are no weights',
  );
  says(
    'spreads no constant over millions of values',
    {
      nodes: [node('Expand', ['w', 'sizes'], ['big']), node('Flatten', ['big'], ['y'])],
      tensors: [weights, integers('sizes', [100_000, 1_000, 2, 12])],
    },
    "Expand 'the_Expand': gives 2400000000 values that are no weights",
  );
  says(
    'has shapes that fit',
    { nodes: [node('Reshape', ['x', 'shape'], ['y'])], tensors: [integers('shape', [1, 7])] },
    "Reshape 'the_Reshape': reshapes [N, 3, 2, 2] to [N, 7], which does not hold as many values",
  );
  says(
    'keeps the images of a batch apart',
    { nodes: [node('Softmax', ['x'], ['y'], axis(0))] },
    'mixes images',
  );

  it('may be cut off anywhere', () =>
    inFolder(async (folder) => {
      await loading(folder, {});
      const whole = await readFile(join(folder, 'net.onnx'));
      for (let length = 2; length < whole.length; length += 7) {
        await writeFile(join(folder, 'cut.onnx'), whole.subarray(0, length));
        const message = await failure(() => loadModel(join(folder, 'cut.onnx')));
        expect(message, `${length} bytes`).to.contain('cut.onnx').and.not.contain('\n');
      }
    }));

  it('is read with its data beside it, and told where that is too short', () =>
    inFolder(async (folder) => {
      await mkdir(join(folder, 'inner'));
      await writeFile(join(folder, 'inner', 'data.bin'), new Uint8Array(8 + 96));
      expect(await loading(folder, { tensors: [external('inner/data.bin', 8)] })).to.equal(
        'nothing was thrown',
      );
      expect(await loading(folder, { tensors: [external('inner/data.bin', 16)] })).to.contain('lies outside');
    }));
});

function axis(i: number): Node {
  return { attribute: [{ name: 'axis', type: attributeType.INT, i }] };
}

function external(location: string, offset = 0): Tensor {
  const entries = { location, offset: String(offset), length: '96' };
  return {
    ...{ name: 'w', dims: [2, 12], data_type: elementType.FLOAT, data_location: 1 },
    external_data: Object.entries(entries).map(([key, value]) => ({ key, value })),
  };
}
