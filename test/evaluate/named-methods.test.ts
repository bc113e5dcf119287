import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { cpuBackend } from '../backend.js';
import { InvalidInput } from '../../src/errors.js';
import { namedMethods } from '../../src/evaluate/index.js';
import { explain } from '../../src/explain/index.js';
import { side, smallClassifier } from './support.js';

describe('namedMethods', () => {
  before(cpuBackend);

  it('runs methods by their names, with the settings and the classes asked for', async () => {
    const classifier = smallClassifier();
    const images = tf.randomUniform<tf.Rank.R4>([2, side, side, 3], 0, 1, 'float32', 3);
    const target = tf.tensor1d([2, 0], 'int32');
    const { methods, dispose } = namedMethods(classifier, ['group-cam', 'lafam'], {
      'group-cam': { groups: 3 },
    });
    expect(methods.map(({ name }) => name)).to.deep.equal(['group-cam', 'lafam']);
    const before = tf.memory().numTensors;
    const found = await methods[0]!.run(images, target, ['a', 'b']);
    const expected = explain('group-cam', classifier, images, { groups: 3, target });
    found.arraySync().forEach((map, image) => {
      const other = expected.map.arraySync()[image]!.flat();
      map.flat().forEach((value, at) => expect(value).to.be.closeTo(other[at]!, 1e-5));
    });
    tf.dispose([found, expected]);
    expect(tf.memory().numTensors).to.equal(before);
    dispose();
  });

  it('runs a method several times, with a label behind its name', async () => {
    const images = tf.randomUniform<tf.Rank.R4>([1, side, side, 3], 0, 1, 'float32', 3);
    const target = tf.tensor1d([1], 'int32');
    const { methods } = namedMethods(smallClassifier(), ['random', 'random:other'], {
      'random:other': { seed: 5 },
    });
    expect(methods.map(({ name }) => name)).to.deep.equal(['random', 'random:other']);
    const one = await methods[0]!.run(images, target, ['a']);
    const other = await methods[1]!.run(images, target, ['a']);
    expect(one.dataSync()).to.not.deep.equal(other.dataSync());
    const options = { 'random:other': { sead: 5 } };
    expect(() => namedMethods(smallClassifier(), ['random:other'], options)).to.throw(InvalidInput, 'sead');
  });

  it('keeps the signs of attributions where they are asked for', async () => {
    const images = tf.randomUniform<tf.Rank.R4>([1, side, side, 3], 0, 1, 'float32', 3);
    const target = tf.tensor1d([1], 'int32');
    const lowest = async (form: 'map' | 'signed') => {
      const { methods } = namedMethods(smallClassifier(), ['gradient'], {}, form);
      const map = await methods[0]!.run(images, target, ['a']);
      return tf.min(map).dataSync()[0]!;
    };
    expect(await lowest('map')).to.equal(0);
    expect(await lowest('signed')).to.be.below(0);
  });

  it('refuses a method or an option that does not exist before anything runs', () => {
    expect(() => namedMethods(smallClassifier(), ['grad-kam'])).to.throw(InvalidInput, 'grad-cam');
    expect(() => namedMethods(smallClassifier(), ['lafam'], { 'group-cam': { group: 1 } })).to.throw(
      InvalidInput,
      'groups',
    );
  });
});
