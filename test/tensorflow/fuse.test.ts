import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { batchNormTraining, compile, type Precision, relu6 } from '../../src/tensorflow/index.js';
import { fusions } from '../../src/tensorflow/native/graph/fusions/fuse.js';
import { NO_GAINS } from '../../src/tensorflow/native/runtime/processor.js';
import type { Node } from '../../src/tensorflow/native/trace/recording.js';
import { bfloat16Operation } from '../../src/tensorflow/native/graph/fusions/sums.js';
import { needsNative } from '../backend.js';
import { difference, flatMemory, positive, wave } from './support.js';

type Images = tf.Tensor4D;
type Block = (x: Images, residual: Images, ...parameters: tf.Tensor1D[]) => tf.Tensor;

const EPSILON = 1e-3;

/** Batch norm of a batch's own statistics. */
function norm(x: tf.Tensor, gamma: tf.Tensor1D, beta: tf.Tensor1D): Images {
  return batchNormTraining(x as Images, gamma, beta, EPSILON).y;
}

/** What networks do with a batch norm. */
const blocks: Record<string, Block> = {
  'a batch norm': (x, _, gamma, beta) => norm(x, gamma, beta),
  'with a ReLU': (x, _, gamma, beta) => tf.relu(norm(x, gamma, beta)),
  'with a ReLU6': (x, _, gamma, beta) => relu6(tf.mul(6, norm(x, gamma, beta))),
  'with a ReLU6 at once': (x, _, gamma, beta) => relu6(norm(x, tf.mul(3, gamma), beta)),
  'with a ReLU6, used by two': (x, residual, gamma, beta) => {
    const y = norm(x, tf.mul(3, gamma), beta);
    return tf.add(relu6(y), tf.mul(y, residual));
  },
  'with a residual and a ReLU': (x, residual, gamma, beta) => tf.relu(tf.add(norm(x, gamma, beta), residual)),
  'with a residual before it': (x, residual, gamma, beta) => tf.relu(tf.add(residual, norm(x, gamma, beta))),
  'with a residual alone': (x, residual, gamma, beta) => tf.add(norm(x, gamma, beta), residual),
  'beside another one': (x, residual, gamma, beta, other) =>
    tf.relu(tf.add(norm(x, gamma, beta), norm(residual, other, beta))),
  'twice the same': (x, _, gamma, beta) => {
    const y = norm(x, gamma, beta);
    return tf.relu(tf.add(y, y));
  },
  'used by two': (x, residual, gamma, beta) => {
    const y = norm(x, gamma, beta);
    return tf.add(tf.relu(y), tf.mul(y, residual));
  },
  'whose ReLU is used by two': (x, residual, gamma, beta, other) => {
    const y = tf.relu(norm(x, gamma, beta));
    return tf.relu(tf.add(norm(tf.mul(y, residual), other, beta), y));
  },
  'in a chain': (x, residual, gamma, beta, other) =>
    tf.relu(tf.add(norm(tf.relu(norm(tf.relu(norm(x, gamma, beta)), other, beta)), gamma, beta), residual)),
  'and its statistics': (x, residual, gamma, beta) => {
    const { y, mean, variance } = batchNormTraining(x, gamma, beta, EPSILON);
    return tf.add(tf.mul(tf.relu(y), tf.mul(mean, variance)), residual);
  },
  'a sum with a ReLU': (x, residual) => tf.relu(tf.add(x, residual)),
};

/** Of the value, and of the gradients with respect to everything. */
function valueAndGradients(block: Block): (...inputs: tf.Tensor[]) => tf.Tensor[] {
  const weighted = (...inputs: tf.Tensor[]): tf.Tensor => {
    const y = block(...(inputs as Parameters<Block>));
    return tf.sum(tf.mul(y, wave(y.shape, 9)));
  };
  // All inputs take part, so that each has a gradient.
  const all = (...inputs: tf.Tensor[]): tf.Tensor =>
    inputs.reduce<tf.Tensor>((sum, input) => tf.add(sum, tf.sum(input)), weighted(...inputs));
  return (...inputs) => tf.tidy(() => [block(...(inputs as Parameters<Block>)), ...tf.grads(all)(inputs)]);
}

/** Rows and channels: one, few, many, more than a piece of work has, and numbers that no vector divides. */
const shapes: [number, number, number, number][] = [
  [2, 5, 3, 7],
  [1, 1, 1, 3],
  [4, 40, 41, 33],
  [3, 2, 2, 300],
  [2, 9, 9, 1],
];

describe('batch norms, ReLUs and sums in one', () => {
  before(needsNative);
  const owned = flatMemory();

  const inputsOf = (shape: number[]): tf.Tensor[] => {
    const channels = [shape.at(-1)!];
    const all = [
      wave(shape, 1),
      wave(shape, 2),
      positive(channels, 3),
      wave(channels, 4),
      positive(channels, 5),
    ];
    return all.map((tensor) => owned(tensor));
  };
  const run = (block: Block, inputs: tf.Tensor[], precision?: Precision): tf.Tensor[] => {
    const fn = valueAndGradients(block);
    const compiled = precision ? owned(compile(fn, { precision })) : fn;
    return compiled(...inputs).map((tensor) => owned(tensor));
  };

  for (const [name, block] of Object.entries(blocks)) {
    it(`${name}: values and gradients are those of eager execution`, () => {
      for (const shape of shapes) {
        const inputs = inputsOf(shape);
        const eager = run(block, inputs);
        const compiled = run(block, inputs, 'float32');
        // Before another norm a scale has no gradient but by ε, and with one value a channel nothing has: roundings remain.
        const isRounding = shape[0] * shape[1] * shape[2] === 1 || name === 'in a chain';
        const limit = isRounding ? 2e-3 : 1e-4;
        compiled.forEach((tensor, index) =>
          expect(difference(tensor, eager[index]!), `[${shape.join()}], ${index}`).to.be.below(limit),
        );
      }
    });

    it(`${name}: in bfloat16 as far from float32 as its digits`, () => {
      // A convolution by one makes the images bfloat16, as in a network.
      const low: Block = (x, residual, ...parameters) => {
        const identity = tf.reshape<tf.Rank.R4>(tf.eye(x.shape[3]), [1, 1, x.shape[3], x.shape[3]]);
        return block(
          tf.conv2d(x, identity, 1, 'same'),
          tf.conv2d(residual, identity, 1, 'same'),
          ...parameters,
        );
      };
      const inputs = inputsOf([4, 10, 11, 33]);
      const exact = run(low, inputs, 'float32');
      const compiled = run(low, inputs, 'bfloat16');
      compiled.forEach((tensor, index) =>
        expect(meanDifference(tensor, exact[index]!), String(index)).to.be.below(8 * 2 ** -9),
      );
    });
  }

  it('keep their digits where the mean is a thousand times the deviation', () => {
    const shape = [4, 16, 16, 5];
    const x = owned(tf.tidy(() => tf.add(wave(shape, 1), 1000)));
    const plain = owned(wave(shape, 1));
    const [gamma, beta] = [owned(positive([5], 3)), owned(wave([5], 4))] as [tf.Tensor1D, tf.Tensor1D];
    const normalize = owned(compile((x: tf.Tensor) => tf.relu(norm(x, gamma, beta))));
    // A step of float32 there is 1e-4 of the deviation.
    expect(difference(owned(normalize(x)), owned(normalize(plain)))).to.be.below(4e-4);
  });

  it('let NaN and infinities through where TensorFlow does', () => {
    const [a, b] = [
      [NaN, Infinity, -Infinity, 1, -1, 0],
      [1, 1, 1, NaN, Infinity, -0],
    ].map((values) => owned(tf.tensor1d(values)));
    const sum = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.relu(tf.add(a, b));
    const found = owned(owned(compile(sum))(a!, b!));
    expect([...found.dataSync()].map((value) => value + 0)).to.deep.equal([
      NaN,
      Infinity,
      0,
      NaN,
      Infinity,
      0,
    ]);
  });

  it('of channels that never change give the offset, and gradients without NaN', () => {
    const x = owned(tf.fill<tf.Rank.R4>([2, 4, 4, 3], 0.5));
    const [gamma, beta] = [owned(tf.tensor1d([1, 2, 0])), owned(tf.tensor1d([0.25, -1, 0]))];
    const fn = valueAndGradients((x, _, gamma, beta) => tf.relu(norm(x, gamma, beta)));
    const results = owned(compile((...inputs: tf.Tensor[]) => fn(...inputs)))(x, x, gamma, beta);
    const [y, ...gradients] = results.map((tensor) => owned(tensor));
    expect([...y!.dataSync()].slice(0, 3)).to.deep.equal([0.25, 0, 0]);
    for (const gradient of gradients) expect([...gradient.dataSync()].every(Number.isFinite)).to.equal(true);
  });

  it('are the same on every run', () => {
    const inputs = inputsOf([4, 40, 41, 33]);
    const fn = owned(compile(valueAndGradients(blocks['in a chain']!)));
    const [first, second] = [0, 1].map(() => fn(...inputs).map((tensor) => owned(tensor)));
    first!.forEach((tensor, index) =>
      expect(
        Buffer.from(tensor.dataSync().buffer).equals(Buffer.from(second![index]!.dataSync().buffer)),
      ).to.equal(true),
    );
  });

  describe('of a residual block of networks', () => {
    const FLOAT = 1;
    let index = 0;
    const attributes = [
      { name: 'epsilon', type: 2, value: EPSILON },
      { name: 'data_format', type: 0, value: 'NHWC' },
      { name: 'is_training', type: 3, value: true },
      { name: 'exponential_avg_factor', type: 2, value: 1 },
    ];
    const node = (op: string, inputs: Node['inputs'], more: Partial<Node> = {}): Node => {
      const output = { dtype: FLOAT, shape: [2, 4, 4, 3] };
      return {
        index: index++,
        op,
        attributes,
        inputs,
        outputs: Array.from({ length: 6 }, () => output),
        ...more,
      };
    };
    const first = (node: Node): { node: Node; output: number } => ({ node, output: 0 });
    const block = (more: Partial<Node> = {}) => {
      const [x, residual, scale, offset, dy] = ['x', 'residual', 'scale', 'offset', 'dy'].map((op) =>
        node(op, []),
      );
      const norm = node('FusedBatchNormV3', [first(x!), first(scale!), first(offset!)], more);
      const sum = node('AddV2', [first(residual!), first(norm)], more);
      const relu = node('Relu', [first(sum)], more);
      const passed = node('ReluGrad', [first(dy!), first(relu)], more);
      const reserved = [3, 4, 5].map((output) => ({ node: norm, output }));
      const inputs = [first(passed), first(x!), first(scale!), ...reserved];
      const gradient = node('FusedBatchNormGradV3', inputs, more);
      return {
        nodes: [x!, residual!, scale!, offset!, dy!, norm, sum, relu, passed, gradient],
        norm,
        sum,
        relu,
        gradient,
      };
    };
    const operations = (found: ReturnType<typeof fusions>, node: Node): string[] =>
      (found.fused.get(node)?.operations ?? []).map(({ op }) => op);

    it('leave one operation for the norm’s end, the sum and the ReLU', () => {
      const { nodes, norm, sum, relu, gradient } = block();
      const found = fusions(nodes, [first(relu), first(gradient)], 'float32', new Map(), NO_GAINS);
      expect(operations(found, norm)).to.deep.equal(['CamtuneMoments']);
      expect(operations(found, relu)).to.deep.equal(['CamtuneNormalizeAdd']);
      expect(operations(found, gradient)).to.deep.equal(['CamtuneBatchNormGrad']);
      expect([...found.gone]).to.deep.equal([sum]);
    });

    it('take rows and columns of zeros around images as what TensorFlow fuses with a convolution', () => {
      const constant = (values: Float32Array | Int32Array): Node => {
        const value = { dtype: FLOAT, shape: [], values };
        return node('Const', [], { attributes: [{ name: 'value', type: 0, value }] });
      };
      const padded = (filling: number, around = [0, 0, 1, 1, 2, 0, 0, 0]): string[] => {
        const paddings = constant(Int32Array.from(around));
        const given = [node('x', []), paddings, constant(Float32Array.of(filling))];
        const pad = node('PadV2', given.map(first));
        return operations(fusions([...given, pad], [first(pad)], 'float32', new Map(), NO_GAINS), pad);
      };
      expect(padded(0)).to.deep.equal(['Pad']);
      expect(padded(-0)).to.deep.equal([]);
      expect(padded(1)).to.deep.equal([]);
      expect(padded(0, [0, 1, 1, 1, 1, 1, 0, 0])).to.deep.equal([]);
      expect(padded(0, [0, 0, 1, 1, 1, 1, 0, 2])).to.deep.equal([]);
      expect(padded(0, [1, 1, 1, 1])).to.deep.equal([]);
    });

    it('stay as they are in float16, which these operations do not know', () => {
      const { nodes, relu, gradient } = block();
      expect(
        fusions(nodes, [first(relu), first(gradient)], 'float16', new Map(), NO_GAINS).fused.size,
      ).to.equal(0);
      const own = block({ precision: 'float16' });
      expect(fusions(own.nodes, [first(own.relu)], 'float32', new Map(), NO_GAINS).fused.size).to.equal(0);
    });

    it('leave sums with products and folded norms to TensorFlow, which fuses them', () => {
      const { norm, sum, relu } = block();
      expect(bfloat16Operation(sum, new Set())).to.equal('CamtuneAdd');
      expect(bfloat16Operation(sum, new Set([norm]))).to.equal(undefined);
      expect(bfloat16Operation(node('Add', [first(relu), first(node('MatMul', []))]), new Set())).to.equal(
        undefined,
      );
      const { nodes, norm: folded, relu: end } = block();
      expect(
        operations(fusions(nodes, [first(end)], 'float32', new Map([[folded, folded]]), NO_GAINS), end),
      ).to.deep.equal([]);
    });

    it('keep the batch norm where the gradient of its ReLU6 is computed in another precision', () => {
      const capped = (more: Partial<Node>) => {
        const [x, scale, offset, dy] = ['x', 'scale', 'offset', 'dy'].map((op) => node(op, []));
        const norm = node('FusedBatchNormV3', [first(x!), first(scale!), first(offset!)]);
        const relu6 = node('Relu6', [first(norm)]);
        const passed = node('Relu6Grad', [first(dy!), first(norm)], more);
        const reserved = [3, 4, 5].map((output) => ({ node: norm, output }));
        const gradient = node('FusedBatchNormGradV3', [first(passed), first(x!), first(scale!), ...reserved]);
        const nodes = [x!, scale!, offset!, dy!, norm, relu6, passed, gradient];
        const found = fusions(nodes, [first(relu6), first(gradient)], 'float32', new Map(), NO_GAINS);
        return [norm, relu6, gradient].map((node) => operations(found, node));
      };
      expect(capped({})).to.deep.equal([['CamtuneMoments'], ['CamtuneNormalize'], ['CamtuneBatchNormGrad']]);
      expect(capped({ precision: 'bfloat16' })).to.deep.equal([
        ['CamtuneMoments', 'CamtuneNormalize'],
        [],
        ['CamtuneBatchNormGrad'],
      ]);
    });

    it('keep the sum where somebody else needs it', () => {
      const { nodes, sum, relu, gradient } = block();
      const found = fusions(
        nodes,
        [first(relu), first(sum), first(gradient)],
        'float32',
        new Map(),
        NO_GAINS,
      );
      expect(found.gone.size).to.equal(0);
      expect(operations(found, sum)).to.deep.equal(['CamtuneNormalizeAdd']);
      expect(operations(found, relu)).to.deep.equal([]);
    });

    it('keep the batch norm where somebody else needs what it reserves', () => {
      const { nodes, norm, relu } = block();
      const found = fusions(nodes, [first(relu), { node: norm, output: 5 }], 'float32', new Map(), NO_GAINS);
      expect(operations(found, norm)).to.deep.equal([]);
      expect(operations(found, relu)).to.deep.equal(['CamtuneAddRelu']);
    });
  });
});

/** The mean difference as a share of the mean expected magnitude: a value at a ReLU's kink may fall on its other side. */
function meanDifference(found: tf.Tensor, expected: tf.Tensor): number {
  return tf.tidy(() => {
    const distance = tf.mean(tf.abs(tf.sub(found, expected)));
    return tf.div(distance, tf.maximum(tf.mean(tf.abs(expected)), 1e-3)).dataSync()[0]!;
  });
}
