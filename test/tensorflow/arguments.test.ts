import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { needsNative } from '../backend.js';
import { compile } from '../../src/tensorflow/index.js';
import { failure, flatMemory, tensorsInUse, values, wave } from './support.js';

describe('arguments and results of compiled functions', () => {
  before(needsNative);
  const owned = flatMemory();
  const read = (tensor: tf.Tensor): number[] => values(owned(tensor));

  it('may be nested in arrays and objects, beside plain values', () => {
    const mix = owned(
      compile(({ a, list }: { a: tf.Tensor; list: [tf.Tensor, number] }, label: string) => ({
        sum: tf.add(a, list[0]),
        more: [tf.mul(a, list[1]), label, null, { deep: tf.neg(a) }] as const,
      })),
    );
    const [a, b] = [owned(tf.tensor1d([1, 2])), owned(tf.tensor1d([10, 20]))];
    const { sum, more } = mix({ a, list: [b, 3] }, 'name');
    expect(read(sum)).to.deep.equal([11, 22]);
    expect(read(more[0])).to.deep.equal([3, 6]);
    expect(more.slice(1, 3)).to.deep.equal(['name', null]);
    expect(read(more[3].deep)).to.deep.equal([-1, -2]);
  });

  it('that are plain values are constants of the trace: others make another trace', () => {
    const scale = owned(compile((x: tf.Tensor, by: number) => tf.mul(x, by)));
    const x = owned(tf.scalar(2));
    expect([scale(x, 2), scale(x, 5), scale(x, 2)].map((y) => read(y)[0])).to.deep.equal([4, 10, 4]);
    expect(scale.traces()).to.equal(2);
  });

  it('are told apart by shape, dtype and structure', () => {
    const kinds = owned(compile((x: unknown) => tf.cast(tf.add(x as tf.Tensor, 1), 'float32')));
    const [float, int, longer] = [
      owned(tf.tensor1d([1])),
      owned(tf.tensor1d([1], 'int32')),
      owned(tf.tensor1d([1, 2])),
    ];
    for (const x of [float, int, longer, float, int, longer]) kinds(x).dispose();
    expect(kinds.traces()).to.equal(3);
  });

  it('of changing batch sizes are right, and a note is given when that goes on', () => {
    const notes: string[] = [];
    const total = owned(
      compile((x: tf.Tensor) => tf.sum(x), { name: 'total', onNote: (note) => notes.push(note) }),
    );
    for (let size = 1; size <= 9; size++) {
      expect(read(total(owned(tf.ones([size, 2]))))).to.deep.equal([2 * size]);
    }
    expect(total.traces()).to.equal(9);
    expect(notes).to.have.length(1);
    expect(notes[0]).to.match(/total: traced 8 times/);
  });

  it('may be int32, bool, scalar and empty', () => {
    const x = [owned(tf.scalar(3)), owned(tf.tensor1d([1, 2], 'int32')), owned(tf.tensor1d([true, false])), owned(tf.zeros([0, 4]))]; // prettier-ignore
    const each = owned(
      compile((s: tf.Tensor, i: tf.Tensor, b: tf.Tensor, none: tf.Tensor) => [
        tf.mul(s, 2),
        tf.mul(i, tf.scalar(2, 'int32')),
        tf.logicalNot(b),
        tf.add(none, 1),
        tf.sum(none),
        tf.concat([none, tf.ones([1, 4])]),
        tf.zeros([0]),
      ]),
    );
    const results = each(x[0]!, x[1]!, x[2]!, x[3]!).map(owned);
    expect(results.map((result) => values(result))).to.deep.equal([
      [6],
      [2, 4],
      [0, 1],
      [],
      [0],
      [1, 1, 1, 1],
      [],
    ]);
    expect(results.map(({ dtype }) => dtype)).to.deep.equal(['float32', 'int32', 'bool', 'float32', 'float32', 'float32', 'float32']); // prettier-ignore
    expect(results[3]!.shape).to.deep.equal([0, 4]);
  });

  it('may be the same tensor twice', () => {
    const x = owned(tf.tensor1d([1, 2]));
    const y = owned(tf.tensor1d([5, 5]));
    const sub = owned(compile((a: tf.Tensor, b: tf.Tensor) => tf.sub(a, b)));
    expect(read(sub(x, x))).to.deep.equal([0, 0]);
    expect(read(sub(x, y))).to.deep.equal([-4, -3]);
  });

  it('may be bytes, which the function sees as an int32 tensor', () => {
    const pixels = Uint8Array.of(0, 127, 128, 255);
    const brighten = owned(compile((image: tf.Tensor) => tf.add(image, tf.scalar(1, 'int32'))));
    const result = owned(brighten({ pixels, shape: [2, 2] }));
    expect([result.dtype, result.shape, values(result)]).to.deep.equal(['int32', [2, 2], [1, 128, 129, 256]]);
    pixels[0] = 9;
    expect(read(brighten({ pixels, shape: [2, 2] }))[0]).to.equal(10);
    expect(brighten.traces()).to.equal(1);
  });

  it('that are bytes of the wrong number are refused', () => {
    const look = owned(compile((image: tf.Tensor) => tf.add(image, 1)));
    expect(failure(() => look({ pixels: new Uint8Array(3), shape: [2, 2] }))).to.match(
      /pixels: expected 4 bytes for the shape \[2,2\], found 3/,
    );
  });

  it('may come back as results: they are new tensors then', () => {
    const x = owned(tf.tensor1d([1, 2]));
    const same = owned(compile((x: tf.Tensor) => [x, x, tf.square(x)]));
    const results = same(x).map(owned);
    expect(results.map((result) => values(result))).to.deep.equal([[1, 2], [1, 2], [1, 4]]); // prettier-ignore
    expect(results[0]!.dataId).to.not.equal(x.dataId);
    expect(results[0]).to.not.equal(results[1]);
  });

  it('may be constants, captured tensors and nothing at all', () => {
    const outside = owned(tf.tensor1d([7]));
    const results = owned(compile(() => [tf.scalar(5), outside, tf.ones([80])]));
    const [five, seven, ones] = results().map((tensor) => read(tensor));
    expect([five, seven, ones!.length, ones![79]]).to.deep.equal([[5], [7], 80, 1]);
    const nothing = owned(compile((x: tf.Tensor) => tf.tidy(() => void tf.square(x))));
    expect(nothing(outside)).to.equal(undefined);
    expect(nothing(outside)).to.equal(undefined);
  });

  it('that are strings or were disposed of are refused', () => {
    const text = owned(tf.tensor1d(['a', 'b']));
    expect(failure(() => owned(compile((x: tf.Tensor) => tf.clone(x)))(text))).to.match(/dtype string/);
    expect(failure(owned(compile(() => tf.tile(text, [2]))))).to.match(/string and complex tensors/);
    expect(failure(owned(compile(() => tf.tile(tf.tensor1d(['a']), [2]))))).to.match(
      /string and complex tensors/,
    );
    const large = owned(tf.fill<tf.Rank.R1>([2000], 'a', 'string'));
    expect(failure(owned(compile(() => tf.tile(large, [2]))))).to.match(/string and complex tensors/);
    const gone = tf.ones([2]);
    const twice = owned(compile((x: tf.Tensor) => tf.mul(x, 2)));
    twice(gone).dispose();
    gone.dispose();
    expect(failure(() => twice(gone))).to.match(/argument .* was disposed/);
  });

  it('of the surroundings that were disposed of before the first call are refused', () => {
    const gone = tf.ones([2]);
    gone.dispose();
    expect(failure(owned(compile(() => tf.add(gone, 1))))).to.match(/uses a tensor that was disposed of/);
  });

  for (const [name, side] of [
    ['small', 3],
    ['large', 2000],
  ] as const) {
    it(`a ${name} tensor of the surroundings may be used, and disposed of by its owner afterwards`, () => {
      const outside = tf.fill([side], 2);
      const x = owned(tf.ones([side]));
      const scale = owned(compile((x: tf.Tensor) => tf.sum(tf.mul(x, outside))));
      expect(read(scale(x))).to.deep.equal([2 * side]);
      outside.dispose();
      owned(tf.fill([side], 9));
      expect(read(scale(x))).to.deep.equal([2 * side]);
    });
  }

  it('a large tensor of the surroundings that no result needs is given back with the function', () => {
    const outside = owned(wave([2000]));
    const x = owned(tf.scalar(1));
    const wasteful = compile((x: tf.Tensor) => tf.tidy(() => (tf.sum(outside), tf.add(x, 1))));
    const inUse = tensorsInUse();
    expect(read(wasteful(x))).to.deep.equal([2]);
    wasteful.dispose();
    expect(tensorsInUse().tfjs).to.equal(inUse.tfjs + 1);
  });

  it('may be computed by other compiled functions inside, also of bytes', () => {
    const inner = owned(compile((image: unknown) => tf.cast(image as tf.Tensor, 'float32')));
    const double = owned(compile((x: tf.Tensor) => tf.mul(x, 2)));
    const pixels = { pixels: Uint8Array.of(3, 4), shape: [2] };
    const outer = owned(compile((x: tf.Tensor) => tf.tidy(() => tf.add(double(x), inner(pixels)))));
    expect(read(outer(owned(tf.tensor1d([1, 1]))))).to.deep.equal([5, 6]);
    expect([outer.traces(), double.traces(), inner.traces()]).to.deep.equal([1, 0, 0]);
  });

  it('inside tf.grad the function runs eagerly, with the right gradient', () => {
    const cube = owned(compile((x: tf.Tensor) => tf.mul(tf.square(x), x)));
    const x = owned(tf.tensor1d([1, 2]));
    expect(read(tf.tidy(() => tf.grad(cube)(x)))).to.deep.equal([3, 12]);
    expect(cube.traces()).to.equal(0);
    expect(read(cube(x))).to.deep.equal([1, 8]);
    expect(cube.traces()).to.equal(1);
  });

  it('two compiled functions may alternate', () => {
    const plus = owned(compile((x: tf.Tensor) => tf.add(x, 1)));
    const times = owned(compile((x: tf.Tensor) => tf.mul(x, 3)));
    let x: tf.Tensor = owned(tf.scalar(1));
    for (let i = 0; i < 3; i++) x = owned(times(owned(plus(x))));
    expect(values(x)).to.deep.equal([((1 + 1) * 3 + 1) * 9 + 3]);
  });

  it('that look alike are told apart: 0 and −0, 1 and 1n, two symbols of one name', () => {
    const seen: unknown[] = [];
    const look = owned(
      compile((value: unknown) => {
        seen.push(value);
        return tf.scalar(Object.is(value, -0) ? -1 : 1);
      }),
    );
    const all = [0, -0, 1, 1n, '1', Symbol('a'), Symbol('a'), undefined, null, 'null'];
    for (const value of [...all, ...all]) look(value).dispose();
    expect(seen).to.deep.equal(all);
  });

  it('may be nested in Maps', () => {
    const double = owned(
      compile((given: Map<string, tf.Tensor>) =>
        tf.tidy(() => {
          const doubled = new Map([...given].map(([key, x]) => [`${key}2`, tf.keep(tf.mul(x, 2))]));
          return { doubled: doubled as never };
        }),
      ),
    );
    for (const start of [1, 10]) {
      const given = new Map([['a', owned(tf.scalar(start))], ['b', owned(tf.scalar(start + 1))]]); // prettier-ignore
      const doubled = double(given).doubled as Map<string, tf.Tensor>;
      expect([...doubled].map(([key, x]) => [key, values(owned(x))[0]])).to.deep.equal([
        ['a2', 2 * start],
        ['b2', 2 * start + 2],
      ]);
    }
    expect(double.traces()).to.equal(1);
  });
});
