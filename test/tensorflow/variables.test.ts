import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { needsNative } from '../backend.js';
import { compile } from '../../src/tensorflow/index.js';
import { failure, flatMemory, values } from './support.js';

describe('variables of compiled functions', () => {
  before(needsNative);
  const owned = flatMemory();
  const variable = (...content: number[]): tf.Variable =>
    owned(tf.tidy(() => tf.variable(tf.tensor1d(content))));
  const read = (compute: () => tf.Tensor): number[] => values(tf.tidy(() => owned(tf.keep(compute()))));

  it('that are only read are seen with the value of the moment', () => {
    const v = variable(1, 2);
    const twice = owned(compile(() => tf.mul(v, 2)));
    expect(read(twice)).to.deep.equal([2, 4]);
    tf.tidy(() => v.assign(tf.tensor1d([5, 6])));
    expect(read(twice)).to.deep.equal([10, 12]);
    expect(twice.traces()).to.equal(1);
  });

  it('that are assigned keep their values, which eager code reads', () => {
    const v = variable(1, 2);
    const grow = owned(compile((by: tf.Tensor) => tf.tidy(() => void v.assign(tf.add(v, by)))));
    const by = owned(tf.scalar(10));
    for (let call = 1; call <= 3; call++) {
      grow(by);
      expect(values(v)).to.deep.equal([1 + 10 * call, 2 + 10 * call]);
    }
    expect(read(() => tf.sum(v))).to.deep.equal([63]);
  });

  it('that eager code assigns between calls start the next call with that value', () => {
    const v = variable(1);
    const grow = owned(compile(() => tf.tidy(() => void v.assign(tf.add(v, 1)))));
    grow();
    tf.tidy(() => v.assign(tf.tensor1d([100])));
    expect(values(v)).to.deep.equal([100]);
    grow();
    grow();
    expect(values(v)).to.deep.equal([102]);
  });

  it('may be shared by several functions that assign and read them', () => {
    const v = variable(1);
    const grow = owned(compile(() => tf.tidy(() => void v.assign(tf.add(v, 1)))));
    const double = owned(compile(() => tf.tidy(() => void v.assign(tf.mul(v, 2)))));
    const look = owned(compile(() => tf.add(v, 0)));
    for (let call = 0; call < 3; call++) {
      grow();
      double();
    }
    expect(read(look)).to.deep.equal([22]);
    grow.dispose();
    double();
    expect(read(look)).to.deep.equal([44]);
    expect(values(v)).to.deep.equal([44]);
  });

  it('are ordinary again when the function is disposed of, and may be compiled again', () => {
    const v = variable(1, 1);
    const grow = owned(compile(() => tf.tidy(() => void v.assign(tf.add(v, 1)))));
    grow();
    grow.dispose();
    expect(values(v)).to.deep.equal([2, 2]);
    tf.tidy(() => v.assign(tf.mul(v, 5)));
    grow();
    expect(values(v)).to.deep.equal([11, 11]);
    expect(grow.traces()).to.equal(1);
  });

  it('that are swapped get each other’s old value', () => {
    const [a, b] = [variable(1, 2), variable(3, 4)];
    const swap = owned(
      compile(() =>
        tf.tidy(() => {
          const old = a.clone();
          a.assign(b);
          b.assign(old);
        }),
      ),
    );
    swap();
    expect([values(a), values(b)]).to.deep.equal([[3, 4], [1, 2]]); // prettier-ignore
    swap();
    expect([values(a), values(b)]).to.deep.equal([[1, 2], [3, 4]]); // prettier-ignore
  });

  it('may be assigned several times in one call; reads in between see what was assigned', () => {
    const v = variable(1);
    const run = owned(
      compile(() =>
        tf.tidy(() => {
          const first = tf.mul(v, 1);
          v.assign(tf.add(v, 1));
          const second = tf.mul(v, 1);
          v.assign(tf.mul(v, 10));
          return [first, second, tf.mul(v, 1)];
        }),
      ),
    );
    const seen = tf.tidy(() => run().map((tensor) => values(tensor)[0]));
    expect(seen).to.deep.equal([1, 2, 20]);
    expect(values(v)).to.deep.equal([20]);
  });

  it('return their new value, and the old one taken before', () => {
    const v = variable(1);
    const grow = owned(
      compile(() =>
        tf.tidy(() => {
          const old = v.clone();
          v.assign(tf.add(v, 1));
          return { old, new: v };
        }),
      ),
    );
    for (const expected of [1, 2, 3]) {
      const { old, new: now } = grow();
      expect([values(old)[0], values(now)[0]]).to.deep.equal([expected, expected + 1]);
      tf.dispose([old, now]);
    }
    expect(values(v)).to.deep.equal([4]);
  });

  it('leave copies that the caller made alone', () => {
    const v = variable(1, 2);
    const atStart = owned(v.clone());
    const grow = owned(compile(() => tf.tidy(() => void v.assign(tf.add(v, 1)))));
    grow();
    const afterOne = owned(v.clone());
    const reshaped = owned(tf.reshape(v, [2, 1]));
    grow();
    grow();
    expect(values(atStart)).to.deep.equal([1, 2]);
    expect(values(afterOne)).to.deep.equal([2, 3]);
    expect(values(reshaped)).to.deep.equal([2, 3]);
    expect(values(v)).to.deep.equal([4, 5]);
    tf.tidy(() => v.assign(tf.zeros([2])));
    grow();
    expect(values(afterOne)).to.deep.equal([2, 3]);
  });

  it('keep a copy apart that was made before eager code assigned them anew', () => {
    const v = variable(1);
    const grow = owned(compile(() => tf.tidy(() => void v.assign(tf.add(v, 1)))));
    grow();
    const kept = owned(v.clone());
    tf.tidy(() => v.assign(tf.tensor1d([50])));
    grow();
    expect(values(kept)).to.deep.equal([2]);
    expect(values(v)).to.deep.equal([51]);
  });

  it('stay apart from a variable that was assigned from them', () => {
    const [v, best] = [variable(1), variable(0)];
    const grow = owned(compile(() => tf.tidy(() => void v.assign(tf.add(v, 1)))));
    grow();
    best.assign(v);
    grow();
    expect(values(best)).to.deep.equal([2]);
    const distance = owned(compile(() => tf.sub(v, best)));
    expect(read(distance)).to.deep.equal([1]);
    grow();
    expect(read(distance)).to.deep.equal([2]);
  });

  it('are told from a captured copy of their first value', () => {
    const v = variable(1);
    const first = owned(v.clone());
    const moved = owned(compile(() => tf.sub(v, first)));
    expect(read(moved)).to.deep.equal([0]);
    tf.tidy(() => v.assign(tf.tensor1d([5])));
    expect(read(moved)).to.deep.equal([4]);
  });

  it('may be arguments: read and assigned, one trace for each', () => {
    const [a, b] = [variable(1), variable(10)];
    const grow = owned(compile((v: tf.Variable) => tf.tidy(() => void v.assign(tf.add(v, 1)))));
    grow(a);
    grow(b);
    grow(a);
    expect([values(a)[0], values(b)[0]]).to.deep.equal([3, 11]);
    expect(grow.traces()).to.equal(2);
  });

  it('of integers and booleans work too', () => {
    const count = owned(tf.tidy(() => tf.variable(tf.scalar(0, 'int32'))));
    const flag = owned(tf.tidy(() => tf.variable(tf.tensor1d([true, false]))));
    const step = owned(
      compile(() =>
        tf.tidy(() => {
          count.assign(tf.add(count, tf.scalar(1, 'int32')));
          flag.assign(tf.logicalNot(flag));
        }),
      ),
    );
    step();
    step();
    step();
    expect(values(count)).to.deep.equal([3]);
    expect(values(flag)).to.deep.equal([0, 1]);
  });

  it('that were disposed of are named in the error', () => {
    const v = tf.tidy(() => tf.variable(tf.tensor1d([1]), true, 'gone'));
    const w = tf.tidy(() => tf.variable(tf.tensor1d([1]), true, 'gone too'));
    const grow = owned(compile(() => tf.tidy(() => void v.assign(tf.add(v, 1)))));
    const look = owned(compile(() => tf.add(w, 1)));
    grow();
    look().dispose();
    v.dispose();
    w.dispose();
    expect(failure(grow)).to.match(/variable gone was disposed/);
    expect(failure(look)).to.match(/variable gone too was disposed/);
  });

  it('made inside start as the function says, once', () => {
    let slot: tf.Variable | undefined;
    const sum = owned(
      compile((x: tf.Tensor) =>
        tf.tidy(() => {
          slot ??= tf.variable(tf.mul(tf.onesLike(x), 100));
          slot.assign(tf.add(slot, x));
          return tf.mul(slot, 1);
        }),
      ),
    );
    const x = owned(tf.tensor1d([1, 2]));
    expect(read(() => sum(x))).to.deep.equal([101, 102]);
    expect(read(() => sum(x))).to.deep.equal([102, 104]);
    owned(slot!);
    expect(values(slot!)).to.deep.equal([102, 104]);
    expect(sum.traces()).to.equal(1);
  });

  it('may be made and disposed of inside, at every call', () => {
    const square = owned(
      compile((x: tf.Tensor) =>
        tf.tidy(() => {
          const power = tf.variable(tf.add(x, 0));
          power.assign(tf.mul(power, x));
          const result = tf.add(power, 0);
          power.dispose();
          return result;
        }),
      ),
    );
    const x = owned(tf.tensor1d([3]));
    expect(read(() => square(x))).to.deep.equal([9]);
    expect(read(() => square(x))).to.deep.equal([9]);
    expect(square.traces()).to.equal(1);
  });

  it('made inside at every call are refused', () => {
    const make = owned(compile((x: tf.Tensor) => tf.variable(tf.mul(x, 2))));
    const x = owned(tf.tensor1d([1]));
    expect(failure(() => make(x))).to.match(/makes a variable at every call/);
  });

  it('have the value that a step in the middle of a failing function did not change', () => {
    const v = variable(1);
    const fail = owned(
      compile(() => {
        v.assign(tf.add(v, 1));
        throw new Error('midway');
      }),
    );
    expect(failure(fail)).to.equal('midway');
    expect(values(v)).to.deep.equal([1]);
    expect(read(() => tf.add(v, 1))).to.deep.equal([2]);
  });
});
