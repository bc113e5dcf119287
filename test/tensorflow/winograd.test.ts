import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { compile } from '../../src/tensorflow/index.js';
import { TF } from '../../src/tensorflow/native/runtime/engine.js';
import { fusions } from '../../src/tensorflow/native/graph/fusions/fuse.js';
import { gainsOf, NO_GAINS } from '../../src/tensorflow/native/runtime/processor.js';
import { raw } from '../../src/tensorflow/native/runtime/raw.js';
import type { Node, Operation, Value } from '../../src/tensorflow/native/trace/recording.js';
import { ending, winograd } from '../../src/tensorflow/native/graph/fusions/winograd.js';
import { needsNative } from '../backend.js';
import {
  compiledDifference,
  difference,
  failure,
  flatMemory,
  gradientOf,
  tensorsInUse,
  wave,
} from './support.js';

type Images = tf.Tensor4D;

/** Of the largest result: a few times what plain sums are off in float32 (winograd.h). */
const ROUNDING = 5e-6;

/** Squares that are whole and that are cut off, pieces of work that end within an image, panels that are not full. */
const cases: Record<string, { images: [number, number, number, number]; outputs: number }> = {
  'of whole squares': { images: [2, 12, 12, 32], outputs: 64 },
  'of sides that no square fills': { images: [3, 13, 18, 48], outputs: 32 },
  'of more outputs than a panel': { images: [1, 14, 14, 64], outputs: 176 },
  'of many squares': { images: [5, 29, 28, 32], outputs: 32 },
  'of images smaller than a square': { images: [7, 3, 1, 16], outputs: 16 },
};

describe('convolutions by Winograd’s algorithm', () => {
  before(needsNative);
  const owned = flatMemory();

  for (const [name, { images, outputs }] of Object.entries(cases)) {
    const channels = images[3];
    const results = [...images.slice(0, 3), outputs];
    const kernel = [3, 3, channels, outputs];
    const convolved = (x: tf.Tensor, w: tf.Tensor): tf.Tensor =>
      tf.conv2d(x as Images, w as Images, 1, 'same');

    it(`${name}: what plain sums give`, () => {
      const [x, w] = [wave(images, 1), wave(kernel, 2)].map(owned);
      const expected = owned(convolved(x!, w!));
      const found = owned(run('CamtuneWinograd', [x!, w!], ending(0, false)));
      expect(difference(found, expected)).to.be.below(ROUNDING);
    });

    it(`${name}: the gradients of images and kernel`, () => {
      const [x, w, dy] = [wave(images, 1), wave(kernel, 2), wave(results, 3)].map(owned);
      const loss = (x: tf.Tensor, w: tf.Tensor): tf.Scalar => tf.sum(tf.mul(convolved(x, w), dy!));
      const [dx, dw] = tf.tidy(() => tf.grads(loss)([x!, w!])).map(owned);
      const foundX = owned(run('CamtuneWinogradInputGrad', [dy!, w!]));
      const foundW = owned(run('CamtuneWinogradFilterGrad', [x!, dy!]));
      expect(difference(foundX, dx!)).to.be.below(ROUNDING);
      expect(difference(foundW, dw!)).to.be.below(ROUNDING);
    });
  }

  it('multiply, add and rectify what comes out, each output by itself', () => {
    const [x, w, offset, factor] = [
      wave([2, 9, 9, 32]),
      wave([3, 3, 32, 48], 2),
      wave([48], 3),
      wave([48], 4),
    ].map(owned);
    const plain = owned(tf.conv2d(x as Images, w as Images, 1, 'same'));
    const shifted = owned(run('CamtuneWinograd', [x!, w!, offset!], ending(1, false)));
    const both = owned(run('CamtuneWinograd', [x!, w!, offset!, factor!], ending(2, true)));
    expect(difference(shifted, owned(tf.add(plain, offset!)))).to.be.below(ROUNDING);
    const expected = tf.tidy(() => tf.relu(tf.add(tf.mul(plain, factor!), offset!)));
    expect(difference(both, owned(expected))).to.be.below(ROUNDING);
  });

  it('give an image the same numbers alone as among others', () => {
    const [x, w] = [wave([5, 14, 14, 32]), wave([3, 3, 32, 32], 2)].map(owned);
    const all = owned(run('CamtuneWinograd', [x!, w!], ending(0, false)));
    const [fourth, alone] = tf.tidy(() => [
      tf.slice(all, [3], [1]),
      run('CamtuneWinograd', [tf.slice(x!, [3], [1]), w!], ending(0, false)),
    ]);
    expect(Array.from(owned(alone).dataSync())).to.deep.equal(Array.from(owned(fourth).dataSync()));
  });

  it('leave zeros zero and NaN not a number, behind a ReLU, too', () => {
    const w = owned(wave([3, 3, 32, 32], 2));
    const ofImage = (value: number): Float32Array => {
      const x = owned(tf.fill([1, 12, 12, 32], value));
      return owned(run('CamtuneWinograd', [x, w], ending(0, true))).dataSync<'float32'>();
    };
    expect(ofImage(0).every((value) => value === 0)).to.equal(true);
    expect(ofImage(NaN).every(Number.isNaN)).to.equal(true);
  });

  it('stay in the memory that they have', () => {
    const [x, w] = [wave([2, 12, 12, 32]), wave([3, 3, 32, 32], 2)].map(owned);
    const once = (): void => {
      run('CamtuneWinograd', [x!, w!], ending(0, false)).dispose();
      run('CamtuneWinogradInputGrad', [x!, w!]).dispose();
      run('CamtuneWinogradFilterGrad', [x!, x!]).dispose();
    };
    once();
    const before = tensorsInUse();
    const memory = process.memoryUsage.rss();
    for (let i = 0; i < 50; i++) once();
    expect(tensorsInUse()).to.deep.equal(before);
    expect(process.memoryUsage.rss() - memory).to.be.below(2 ** 26);
  });

  it('refuse what does not fit together', () => {
    const [x, other, w, narrow] = [
      wave([1, 8, 8, 32]),
      wave([1, 8, 9, 32]),
      wave([3, 3, 16, 32]),
      wave([3, 3, 32, 24]),
    ].map(owned);
    const message = 'images, kernel, offset and factor do not fit each other';
    expect(failure(() => run('CamtuneWinograd', [x!, w!], ending(0, false)))).to.contain(message);
    expect(failure(() => run('CamtuneWinograd', [x!, narrow!], ending(0, false)))).to.contain(message);
    expect(failure(() => run('CamtuneWinograd', [w!, x!], ending(0, false)))).to.contain(message);
    expect(failure(() => run('CamtuneWinogradInputGrad', [x!, narrow!]))).to.contain(message);
    expect(failure(() => run('CamtuneWinogradFilterGrad', [x!, other!]))).to.contain(
      'images and gradient do not fit each other',
    );
  });

  describe('in compiled functions', () => {
    const [height, width, channels] = [14, 15, 32];
    const shapes = {
      x: [2, height, width, channels],
      w: [3, 3, channels, channels],
      bias: [channels],
    };
    const convolution = (x: tf.Tensor, w: tf.Tensor): Images =>
      tf.conv2d(x as Images, w as Images, 1, 'same');
    const norm = (x: tf.Tensor, bias: tf.Tensor): tf.Tensor =>
      tf.batchNorm(x, tf.mul(bias, 0.5), tf.add(tf.square(bias), 0.5), bias, tf.add(bias, 2));
    const functions: Record<string, (x: tf.Tensor, w: tf.Tensor, bias: tf.Tensor) => tf.Tensor> = {
      alone: convolution,
      'with a bias': (x, w, bias) => tf.add(convolution(x, w), bias),
      'with a bias and a ReLU': (x, w, bias) => tf.relu(tf.add(convolution(x, w), bias)),
      'fused by tfjs': (x, w, bias) =>
        tf.fused.conv2d({
          x: x as Images,
          filter: w as Images,
          strides: 1,
          pad: 'same',
          bias,
          activation: 'relu',
        }),
      'with a batch norm': (x, w, bias) => norm(convolution(x, w), bias),
      'with a batch norm and a ReLU': (x, w, bias) => tf.relu(norm(convolution(x, w), bias)),
      'with a batch norm, a residual and a ReLU': (x, w, bias) =>
        tf.relu(tf.add(norm(convolution(x, w), bias), x)),
      'twice, one needed twice': (x, w, bias) => {
        const first = tf.relu(norm(convolution(x, w), bias));
        return tf.add(convolution(first, w), first);
      },
      'whose batch norm somebody else needs': (x, w, bias) => {
        const normed = norm(convolution(x, w), bias);
        return tf.add(tf.relu(normed), tf.mul(normed, 0.25));
      },
    };
    for (const [name, fn] of Object.entries(functions)) {
      const args = (): tf.Tensor[] =>
        [shapes.x, shapes.w, shapes.bias].slice(0, fn.length).map((shape, i) => owned(wave(shape, i + 1)));

      it(`${name}: what eager execution gives`, () => {
        expect(compiledDifference(fn as (...args: tf.Tensor[]) => unknown, args())).to.be.below(ROUNDING);
      });

      it(`${name}: its gradients`, () => {
        // A number at a ReLU's kink may fall on its other side.
        const compiled = owned(compile(gradientOf(fn as (...args: tf.Tensor[]) => unknown)));
        const given = args();
        const expected = tf
          .tidy(() => gradientOf(fn as (...args: tf.Tensor[]) => unknown)(...given))
          .map(owned);
        const found = compiled(...given).map(owned);
        found.forEach((tensor, i) => expect(difference(tensor, expected[i]!), String(i)).to.be.below(1e-3));
      });
    }
  });

  describe('are taken', () => {
    it('with the bias and the ReLU behind a convolution', () => {
      const { nodes, convolution, bias, relu } = network();
      const found = fusions(nodes, [first(relu)], 'float32', new Map(), { ...NO_GAINS, winograd: true });
      expect(found.fused.get(relu)!.operations[0]).to.deep.equal({
        op: 'CamtuneWinograd',
        attributes: ending(1, true),
        inputs: [...convolution.inputs, bias.inputs[1]],
      });
      expect([...found.gone]).to.deep.equal([convolution, bias]);
      expect(fusions(nodes, [first(relu)], 'float32', new Map(), NO_GAINS).fused.size).to.equal(0);
      expect(
        fusions(nodes, [first(relu)], 'bfloat16', new Map(), { ...NO_GAINS, winograd: true }).fused.size,
      ).to.equal(0);
    });

    it('without what somebody else needs', () => {
      const { nodes, convolution, bias, relu } = network();
      const outputs = [first(relu), first(bias)];
      const found = fusions(nodes, outputs, 'float32', new Map(), { ...NO_GAINS, winograd: true });
      expect(found.fused.get(bias)!.operations[0]!.attributes).to.deep.equal(ending(1, false));
      expect([...found.gone]).to.deep.equal([convolution]);
    });

    it('with the batch norm that was folded into a convolution', () => {
      const { nodes, convolution, bias: norm, relu } = network();
      const folded = new Map([[norm, convolution]]);
      const found = fusions(nodes, [first(relu)], 'float32', folded, { ...NO_GAINS, winograd: true });
      const operation: Operation = {
        op: 'CamtuneWinograd',
        attributes: ending(2, true),
        inputs: convolution.inputs,
      };
      expect(found.normed.get(norm)).to.deep.equal({ operation, relu });
      expect(found.fused.size).to.equal(0);
    });

    it('where there are enough channels and squares, of one kind of convolution', () => {
      const taken = (given: Given): string | undefined => winograd(recorded(given))?.op;
      expect(taken({})).to.equal('CamtuneWinograd');
      expect(taken({ op: 'Conv2DBackpropInput' })).to.equal('CamtuneWinogradInputGrad');
      expect(taken({ op: 'Conv2DBackpropFilter' })).to.equal('CamtuneWinogradFilterGrad');
      expect(taken({ padding: 'EXPLICIT', more: { explicit_paddings: [0, 0, 1, 1, 1, 1, 0, 0] } })).to.equal(
        'CamtuneWinograd',
      );
      const others: Given[] = [
        { channels: 24 },
        { channels: 40 },
        { channels: 32768 },
        { side: 8 },
        { side: 5 },
        { strides: 2 },
        { kernel: 5 },
        { padding: 'VALID' },
        { padding: 'EXPLICIT', more: { explicit_paddings: [0, 0, 2, 0, 1, 1, 0, 0] } },
        { more: { dilations: [1, 2, 2, 1] } },
        { more: { data_format: 'NCHW' } },
        { op: 'DepthwiseConv2dNative' },
      ];
      for (const other of others) expect(taken(other), JSON.stringify(other)).to.equal(undefined);
    });

    it('by processors with AVX2', () => {
      const taken = (flags: string): boolean => gainsOf(`flags\t\t: ${flags}\n`).winograd;
      expect(taken('fpu sse4_2 avx fma avx2')).to.equal(true);
      expect(taken('fpu sse4_2 avx')).to.equal(false);
    });
  });
});

function run(op: string, inputs: tf.Tensor[], attributes: Operation['attributes'] = []): tf.Tensor {
  return raw(inputs, (add, ids) => add(op, attributes, ids))[0]!;
}

const first = (node: Node): Value => ({ node, output: 0 });

/** A convolution with a bias and a ReLU. */
function network() {
  const convolution = recorded({});
  const bias = node(
    'BiasAdd',
    [first(convolution), first(node('b', [], [32]))],
    convolution.outputs[0]!.shape!,
  );
  const relu = node('Relu', [first(bias)], convolution.outputs[0]!.shape!);
  return { nodes: [convolution, bias, relu], convolution, bias, relu };
}

interface Given {
  op?: string;
  side?: number;
  channels?: number;
  kernel?: number;
  strides?: number;
  padding?: string;
  more?: Record<string, unknown>;
}

/** The node that a convolution, or a gradient of one, leaves in a recording. */
function recorded({
  op = 'Conv2D',
  side = 12,
  channels = 32,
  kernel = 3,
  strides = 1,
  padding = 'SAME',
  more,
}: Given): Node {
  const of = padding === 'VALID' ? side - kernel + 1 : Math.ceil(side / strides);
  const shapes = {
    images: [2, side, side, channels],
    kernel: [kernel, kernel, channels, 32],
    results: [2, of, of, 32],
    sizes: [4],
  };
  const [inputs, output] = (
    {
      Conv2DBackpropInput: [['sizes', 'kernel', 'results'], 'images'],
      Conv2DBackpropFilter: [['images', 'sizes', 'results'], 'kernel'],
    } as const
  )[op] ?? [['images', 'kernel'], 'results'];
  const attributes = { strides: [1, strides, strides, 1], data_format: 'NHWC', padding, ...more };
  return {
    ...node(
      op,
      inputs.map((name) => first(node(name, [], shapes[name]))),
      shapes[output],
    ),
    attributes: Object.entries(attributes).map(([name, value]) => ({ name, type: 0, value })),
  };
}

function node(op: string, inputs: Value[], shape: number[]): Node {
  return { index: 0, op, attributes: [], inputs, outputs: [{ dtype: TF.FLOAT, shape }] };
}
