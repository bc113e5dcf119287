import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { needsNative } from '../backend.js';
import { applyMomentum, compile } from '../../src/tensorflow/index.js';
import { failure, flatMemory, values } from './support.js';

/** Changes of two variables in one call, as eager code would make them. */
type Program = (variable: tf.Variable, slot: tf.Variable) => tf.Tensor | void;

const rate = (): tf.Scalar => tf.scalar(0.5);
const one = (): tf.Tensor => tf.tensor1d([1, 2]);

const programs: Record<string, Program> = {
  'two updates without a read between': (variable, slot) => {
    applyMomentum(variable, slot, one(), rate(), 0.5);
    applyMomentum(variable, slot, one(), rate(), 0.5);
  },
  'an assignment before an update (decoupled weight decay)': (variable, slot) => {
    variable.assign(tf.mul(variable, 0.5));
    applyMomentum(variable, slot, one(), rate(), 0.5);
  },
  'a slot that is reset before an update': (variable, slot) => {
    slot.assign(tf.zerosLike(slot));
    applyMomentum(variable, slot, one(), rate(), 0.5);
  },
  'an assignment between two updates': (variable, slot) => {
    applyMomentum(variable, slot, one(), rate(), 0.5);
    variable.assign(tf.add(variable, 10));
    slot.assign(tf.mul(slot, 2));
    applyMomentum(variable, slot, one(), rate(), 0.5);
  },
  'an update, then the value from before put back': (variable, slot) => {
    const old = variable.clone();
    applyMomentum(variable, slot, one(), rate(), 0.5);
    variable.assign(old);
  },
  'an update of what was put back': (variable, slot) => {
    const old = variable.clone();
    applyMomentum(variable, slot, one(), rate(), 0.5);
    variable.assign(old);
    applyMomentum(variable, slot, one(), rate(), 0.5);
  },
  'values taken before an assignment and an update, used after both': (variable, slot) => {
    const first = variable.clone();
    variable.assign(tf.mul(variable, 3));
    const second = variable.clone();
    applyMomentum(variable, slot, one(), rate(), 0.5);
    return tf.stack([first, second, variable]);
  },
  'a gradient from a slot that the same update changes': (variable, slot) => {
    applyMomentum(variable, slot, slot, rate(), 0.5);
    applyMomentum(slot, variable, variable, rate(), 0.5);
  },
  'a swap between updates': (variable, slot) => {
    applyMomentum(variable, slot, one(), rate(), 0.5);
    const old = variable.clone();
    variable.assign(slot);
    slot.assign(old);
    applyMomentum(variable, slot, one(), rate(), 0.5);
    return tf.sub(variable, old);
  },
  'an assignment that is assigned over': (variable, slot) => {
    variable.assign(tf.add(variable, 1));
    slot.assign(variable);
    variable.assign(tf.add(variable, 1));
    return tf.add(slot, variable);
  },
  'an assignment of its own value': (variable, slot) => {
    variable.assign(variable.clone());
    applyMomentum(variable, slot, one(), rate(), 0.5);
  },
};

describe('state of compiled functions', () => {
  before(needsNative);
  const owned = flatMemory();
  const variables = (): [tf.Variable, tf.Variable] => [
    owned(tf.tidy(() => tf.variable(tf.tensor1d([4, -8])))),
    owned(tf.tidy(() => tf.variable(tf.tensor1d([1, 0.25])))),
  ];
  /** What three calls return, and the variables after each. */
  const run = (step: () => tf.Tensor | void, [variable, slot]: [tf.Variable, tf.Variable]): number[][] =>
    Array.from({ length: 3 }, () => {
      const result = tf.tidy(step);
      const seen = [...(result ? values(result) : []), ...values(variable), ...values(slot)];
      if (result) tf.dispose(result);
      return seen;
    });

  for (const [name, program] of Object.entries(programs)) {
    it(`is that of eager execution after ${name}`, () => {
      const [eager, compiled] = [variables(), variables()];
      const expected = run(() => program(...eager), eager);
      const step = owned(compile(() => tf.tidy(() => program(...compiled))));
      expect(run(step, compiled)).to.deep.equal(expected);
      expect(step.traces()).to.equal(1);
    });
  }

  it('weight decay before a step is not lost', () => {
    const variable = owned(tf.tidy(() => tf.variable(tf.scalar(10))));
    const slot = owned(tf.tidy(() => tf.variable(tf.scalar(0))));
    const step = owned(
      compile(() =>
        tf.tidy(() => {
          variable.assign(tf.mul(variable, 0.5));
          applyMomentum(variable, slot, tf.scalar(1), tf.scalar(1), 0.9);
        }),
      ),
    );
    step();
    expect(values(variable)).to.deep.equal([4]);
  });

  describe('that is a kept tensor', () => {
    it('belongs to every function that uses it', () => {
      let table: tf.Tensor | undefined;
      const lookUp = (): tf.Tensor => (table ??= tf.tidy(() => tf.keep(tf.square(tf.range(0, 4)))));
      const add = owned(compile((x: tf.Tensor) => tf.tidy(() => tf.add(x, lookUp()))));
      const multiply = owned(compile((x: tf.Tensor) => tf.tidy(() => tf.mul(x, lookUp()))));
      const x = owned(tf.tensor1d([1, 1, 1, 2]));
      expect(values(owned(add(x)))).to.deep.equal([1, 2, 5, 11]);
      expect(values(owned(multiply(x)))).to.deep.equal([0, 1, 4, 18]);
      expect(values(owned(add(x)))).to.deep.equal([1, 2, 5, 11]);
      expect(values(owned(table!))).to.deep.equal([0, 1, 4, 9]);
      expect(add.traces() + multiply.traces()).to.equal(2);
    });

    it('keeps the value of the call that made it, as in eager execution', () => {
      let first: tf.Tensor | undefined;
      const since = owned(
        compile((x: tf.Tensor) =>
          tf.tidy(() => {
            first ??= tf.keep(tf.mul(x, 1));
            return tf.sub(x, first);
          }),
        ),
      );
      const [a, b] = [owned(tf.scalar(3)), owned(tf.scalar(10))];
      expect(values(owned(since(a)))).to.deep.equal([0]);
      expect(values(owned(since(b)))).to.deep.equal([7]);
      expect(values(owned(first!))).to.deep.equal([3]);
    });

    it('is refused where every call keeps another', () => {
      let last: tf.Tensor | undefined;
      const remember = owned(
        compile((x: tf.Tensor) =>
          tf.tidy(() => {
            const sum = last ? tf.add(last, x) : x;
            last = tf.keep(tf.mul(sum, 1));
            return last.clone();
          }),
        ),
      );
      const x = owned(tf.scalar(1));
      expect(failure(() => remember(x))).to.match(/keeps a tensor \[\] at every call/);
    });

    it('lives on where it is returned as well', () => {
      let table: tf.Tensor | undefined;
      const captured = owned(tf.tensor1d([1, 0, 1], 'bool'));
      const first = owned(
        compile((x: tf.Tensor) => [(table ??= tf.keep(tf.logicalNot(captured))), tf.neg(x)]),
      );
      const x = owned(tf.scalar(1));
      const expected = [[0, 1, 0], [-1]];
      expect(first(x).map((tensor) => values(owned(tensor)))).to.deep.equal(expected);
      expect(values(owned(table!))).to.deep.equal([0, 1, 0]);
      expect(first(x).map((tensor) => values(owned(tensor)))).to.deep.equal(expected);
      const slope = tf.grad((y: tf.Tensor) =>
        tf.addN(first(y).map((tensor) => tf.sum(tf.cast(tensor, 'float32')))),
      );
      expect(values(owned(tf.tidy(() => slope(x))))).to.deep.equal([-1]);
      expect(first.traces()).to.equal(1);
    });

    it("is the caller's where every call keeps another and returns it, beside one that lives on", () => {
      let table: tf.Tensor | undefined;
      const twice = owned(
        compile((x: tf.Tensor) =>
          tf.tidy(() => [tf.keep(tf.mul(x, 2)), (table ??= tf.keep(tf.square(tf.range(0, 3))))]),
        ),
      );
      const x = owned(tf.scalar(4));
      tf.dispose(twice(x));
      const before = tf.memory().numTensors;
      for (let call = 0; call < 3; call++) {
        expect(twice(x).map((tensor) => values(owned(tensor)))).to.deep.equal([[8], [0, 1, 4]]);
      }
      expect(tf.memory().numTensors).to.equal(before + 6);
      expect(values(owned(table!))).to.deep.equal([0, 1, 4]);
    });

    it('is refused by name where every call kept another and returned it', () => {
      let kept: tf.Tensor | undefined;
      const first = owned(compile((x: tf.Tensor) => (kept = tf.keep(tf.mul(x, 2)))));
      const second = owned(compile((x: tf.Tensor) => tf.add(x, kept!)));
      const x = owned(tf.scalar(1));
      expect(values(owned(first(x)))).to.deep.equal([2]);
      expect(failure(() => second(x))).to.match(/kept and returned at every call/);
    });

    it('lives on where the call that returns it makes a variable, too', () => {
      let [slot, kept]: [tf.Variable?, tf.Tensor?] = [];
      const first = owned(
        compile((x: tf.Tensor) =>
          tf.tidy(() => {
            slot ??= owned(tf.variable(tf.mul(x, 2)));
            kept ??= tf.keep(tf.mul(x, 3));
            kept.clone();
            return kept;
          }),
        ),
      );
      expect(values(owned(first(owned(tf.scalar(1)))))).to.deep.equal([3]);
      expect(values(owned(kept!))).to.deep.equal([3]);
    });

    it('is refused by name where it has no value', () => {
      let kept: tf.Tensor | undefined;
      const first = owned(
        compile((index: tf.Tensor) =>
          tf.tidy(() => {
            kept ??= tf.keep(tf.gather(tf.tensor1d([1, 2]), index));
            return tf.mul(kept, 2);
          }),
        ),
      );
      const second = owned(compile((x: tf.Tensor) => tf.add(x, kept!)));
      expect(failure(() => first(owned(tf.tensor1d([5], 'int32'))))).to.match(/not in \[0, 2\)/);
      expect(failure(() => second(owned(tf.scalar(1))))).to.match(/a tensor that has no value/);
      owned(kept!);
    });
  });

  describe('made at the first call', () => {
    it('lives on where its first value could be computed only later', () => {
      let slot: tf.Variable | undefined;
      const step = owned(
        compile((index: tf.Tensor) =>
          tf.tidy(() => {
            slot ??= tf.variable(tf.gather(tf.tensor1d([10, 20]), index));
            slot.assign(tf.add(slot, 1));
            return tf.mul(slot, 1);
          }),
        ),
      );
      const [wrong, right] = [owned(tf.tensor1d([7], 'int32')), owned(tf.tensor1d([1], 'int32'))];
      expect(failure(() => step(wrong))).to.match(/not in \[0, 2\)/);
      expect(values(owned(step(right)))).to.deep.equal([21]);
      expect(values(owned(step(right)))).to.deep.equal([22]);
      expect(values(owned(slot!))).to.deep.equal([22]);
    });

    it('leaves nothing behind where one variable is made of another', () => {
      let [first, second]: [tf.Variable?, tf.Variable?] = [];
      const run = owned(
        compile((x: tf.Tensor) =>
          tf.tidy(() => {
            first ??= owned(tf.variable(tf.mul(x, 1)));
            second ??= owned(tf.variable(first));
            second.assign(tf.add(second, 1));
            return tf.add(first, second);
          }),
        ),
      );
      const x = owned(tf.scalar(3));
      expect([run(x), run(x)].map((sum) => values(owned(sum)))).to.deep.equal([[7], [8]]);
      expect([first!, second!].map(values)).to.deep.equal([[3], [5]]);
    });

    it('lives on where the call fails after it was made', () => {
      let slot: tf.Variable | undefined;
      const step = owned(
        compile((x: tf.Tensor, sound: boolean) =>
          tf.tidy(() => {
            slot ??= tf.variable(tf.mul(x, 100));
            if (!sound) throw new Error('midway');
            slot.assign(tf.add(slot, x));
            return tf.mul(slot, 1);
          }),
        ),
      );
      const x = owned(tf.scalar(2));
      expect(failure(() => step(x, false))).to.equal('midway');
      expect(values(owned(step(x, true)))).to.deep.equal([202]);
      owned(slot!);
    });

    it('may start as another variable, as a constant or at random', () => {
      const source = owned(tf.tidy(() => tf.variable(tf.tensor1d([5]))));
      let made: tf.Variable[] | undefined;
      const step = owned(
        compile(() =>
          tf.tidy(() => {
            made ??= [source, tf.tensor1d([7]), tf.randomUniform([1], 100, 101)].map((start) =>
              tf.variable(start),
            );
            made.forEach((variable) => variable.assign(tf.add(variable, 1)));
          }),
        ),
      );
      step();
      source.assign(owned(tf.tensor1d([50])));
      step();
      expect(values(made![0]!)).to.deep.equal([7]);
      expect(values(made![1]!)).to.deep.equal([9]);
      expect(values(made![2]!)[0]).to.be.within(102, 103);
      made!.forEach(owned);
    });

    it('may start from what the same call updated, which happens once', () => {
      const [variable, slot] = variables();
      const [other, otherSlot] = variables();
      const program = (v: tf.Variable, s: tf.Variable, store: { made?: tf.Variable[] }): void => {
        applyMomentum(v, s, one(), rate(), 0.5);
        store.made ??= [tf.variable(tf.mul(v, 2))].concat(tf.variable(tf.zeros([2])));
        const [first, second] = store.made as [tf.Variable, tf.Variable];
        applyMomentum(first, second, v, rate(), 0.5);
        store.made[2] ??= tf.variable(tf.add(first, second));
        v.assign(tf.add(v, store.made[2]));
      };
      const [eager, compiled]: { made?: tf.Variable[] }[] = [{}, {}];
      const expected = run(() => program(variable, slot, eager!), [variable, slot]);
      const step = owned(compile(() => tf.tidy(() => program(other, otherSlot, compiled!))));
      expect(run(step, [other, otherSlot])).to.deep.equal(expected);
      expect(compiled!.made!.map(values)).to.deep.equal(eager!.made!.map(values));
      [...eager!.made!, ...compiled!.made!].forEach(owned);
    });
  });
});
