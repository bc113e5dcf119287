import { expect } from 'chai';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { needsNative } from '../backend.js';
import { applyMomentum, compile } from '../../src/tensorflow/index.js';
import { flatMemory, values } from './support.js';

/** torch.optim.SGD (dampening 0): buf = momentum · buf + g; p = p − lr · (nesterov ? g + momentum · buf : buf). */
function torchSgd(
  start: number,
  gradients: number[],
  rate: number,
  momentum: number,
  nesterov: boolean,
): number[] {
  let [parameter, buffer] = [start, 0];
  return gradients.map((gradient) => {
    buffer = momentum * buffer + gradient;
    parameter -= rate * (nesterov ? gradient + momentum * buffer : buffer);
    return parameter;
  });
}

describe('applyMomentum', () => {
  const gradients = [1, -0.5, 2, 0.25, 0];
  const run = (
    owned: <T extends { dispose(): void }>(x: T) => T,
    compiled: boolean,
    nesterov: boolean,
  ): number[] => {
    const variable = owned(tf.tidy(() => tf.variable(tf.tensor1d([3, 3]))));
    const slot = owned(tf.tidy(() => tf.variable(tf.zeros([2]))));
    const step = (gradient: tf.Tensor, rate: tf.Scalar): void =>
      applyMomentum(variable, slot, gradient, rate, 0.9, nesterov);
    const apply = compiled ? owned(compile(step)) : step;
    return gradients.map((gradient) => {
      tf.tidy(() => apply(tf.fill([2], gradient), tf.scalar(0.1)));
      const [first, second] = values(variable) as [number, number];
      expect(first).to.equal(second);
      return first;
    });
  };
  const check = (found: number[], nesterov: boolean): void => {
    torchSgd(3, gradients, 0.1, 0.9, nesterov).forEach((value, i) =>
      expect(found[i]).to.be.closeTo(value, 1e-5),
    );
  };

  describe('on plain tfjs', () => {
    before(async () => void (await tf.setBackend('cpu')));
    for (const nesterov of [false, true]) {
      it(`is torch's SGD ${nesterov ? 'with Nesterov' : 'with momentum'}`, () =>
        check(
          run((x) => x, false, nesterov),
          nesterov,
        ));
    }
  });

  describe('on native TensorFlow', () => {
    before(needsNative);
    const owned = flatMemory();

    for (const nesterov of [false, true]) {
      for (const compiled of [false, true]) {
        it(`is torch's SGD ${nesterov ? 'with Nesterov' : 'with momentum'}, ${compiled ? 'compiled' : 'eager'}`, () =>
          check(run(owned, compiled, nesterov), nesterov));
      }
    }

    const scalar = (value: number): tf.Variable => owned(tf.tidy(() => tf.variable(tf.scalar(value))));

    it('may follow itself, an assignment and a read in one call; the order counts', () => {
      const [variable, slot, copy] = [scalar(1), scalar(0), scalar(0)];
      const step = owned(
        compile((rate: tf.Scalar) =>
          tf.tidy(() => {
            const old = variable.clone();
            applyMomentum(variable, slot, tf.scalar(1), rate, 0.5);
            const first = tf.mul(variable, 1);
            applyMomentum(variable, slot, tf.scalar(1), rate, 0.5);
            copy.assign(variable);
            applyMomentum(variable, slot, tf.scalar(0), rate, 0.5);
            const last = tf.mul(variable, 1);
            variable.assign(tf.scalar(100));
            return tf.stack([old, first, copy, last, slot]);
          }),
        ),
      );
      const rate = owned<tf.Scalar>(tf.scalar(0.1));
      // slot: 1, 1.5, 0.75; variable: 1 − 0.1, − 0.15, − 0.075
      const [old, first, second, last, velocity] = values(owned(step(rate))) as [
        number,
        number,
        number,
        number,
        number,
      ];
      expect([old, velocity]).to.deep.equal([1, 0.75]);
      expect(first).to.be.closeTo(0.9, 1e-6);
      expect(second).to.be.closeTo(0.75, 1e-6);
      expect(last).to.be.closeTo(0.675, 1e-6);
      expect(values(copy)[0]).to.be.closeTo(0.75, 1e-6);
      expect(values(variable)).to.deep.equal([100]);
      expect(values(slot)).to.deep.equal([0.75]);
    });

    it('takes a momentum that was computed', () => {
      const [variable, slot] = [scalar(1), scalar(4)];
      const step = owned(
        compile((momentum: tf.Scalar) =>
          tf.tidy(() =>
            applyMomentum(variable, slot, tf.scalar(1), tf.scalar(0.5), tf.mul<tf.Scalar>(momentum, 0.5)),
          ),
        ),
      );
      step(owned(tf.scalar(1)));
      expect([variable, slot].map((tensor) => values(tensor)[0])).to.deep.equal([-0.5, 3]);
      step(owned(tf.scalar(2)));
      expect([variable, slot].map((tensor) => values(tensor)[0])).to.deep.equal([-2.5, 4]);
      expect(step.traces()).to.equal(1);
    });

    it('leaves copies alone that were made before', () => {
      const [variable, slot] = [scalar(1), scalar(0)];
      const step = owned(compile((rate: tf.Scalar) => applyMomentum(variable, slot, tf.scalar(1), rate, 0)));
      const rate = owned<tf.Scalar>(tf.scalar(0.5));
      step(rate);
      const kept = owned(variable.clone());
      const read = owned(tf.add(variable, 0));
      step(rate);
      step(rate);
      expect([kept, read, variable].map((tensor) => values(tensor)[0])).to.deep.equal([0.5, 0.5, -0.5]);
    });
  });
});
