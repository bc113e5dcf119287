import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { cpuBackend } from '../backend.js';
import { chunkSize, explain, inChunks, methods, sumInChunks } from '../../src/explain/index.js';
import { leftBehind, values } from './fake-classifier.js';
import { difference } from './goldens.js';
import { imagesFor, networks } from './networks.js';

const network = () => networks['pooling and dense, not square']!();

describe('explain', () => {
  before(cpuBackend);

  it('runs a method by its name', () => {
    const seen = network();
    const images = imagesFor(seen, 2);
    const direct = values(methods['grad-cam']!.run(seen, images, { target: 1 }).map);
    expect(values(explain('grad-cam', seen, images, { target: 1 }).map)).to.deep.equal(direct);
  });

  it('gives a map for each of several classes of one image', () => {
    const seen = network();
    const image = imagesFor(seen, 1);
    const found = values(explain('grad-cam', seen, image, { target: [2, 0] }).map);
    const each = [2, 0].flatMap((target) => values(explain('grad-cam', seen, image, { target }).map));
    expect(difference(found, each)).to.be.below(1e-5);
  });

  it('names what is near to a wrong method or option', () => {
    const seen = network();
    const image = imagesFor(seen, 1);
    expect(() => explain('gradcam', seen, image)).to.throw(
      'method: expected the name of a method, found "gradcam"; near it: grad-cam',
    );
    expect(() => explain('rise', seen, image, { mask: 3 })).to.throw(
      /^rise: expected options among .*near it: masks/,
    );
  });

  it('takes null for what is chosen automatically', () => {
    const seen = network();
    const image = imagesFor(seen, 1);
    expect(explain('occlusion', seen, image, { size: null }).map.shape).to.deep.equal([1, 14, 10]);
  });

  describe('smoothing', () => {
    it('averages over the mirrored image: the map of a symmetric question is symmetric', () => {
      const seen = network();
      const image = imagesFor(seen, 1);
      const both = (x: tf.Tensor4D) =>
        explain('grad-cam', seen, x, { target: 0, smoothing: { flip: true } }).map;
      const mirrored = values(tf.reverse(both(tf.reverse(image, 2)), 2));
      expect(difference(values(both(image)), mirrored)).to.be.below(1e-5);
      const plain = values(explain('grad-cam', seen, image, { target: 0 }).map);
      expect(difference(values(both(image)), plain)).to.be.above(1e-3);
    });

    it('averages over noisy copies, the same ones for every image and batch, and leaves nothing behind', () => {
      const seen = network();
      const images = imagesFor(seen, 2);
      const options = { smoothing: { samples: 3, seed: 2 } };
      const together = values(explain('lafam', seen, images, options).map);
      const alone = tf
        .split<tf.Tensor4D>(images, 2)
        .flatMap((one) => values(explain('lafam', seen, one, options).map));
      expect(difference(together, alone)).to.be.below(1e-5);
      expect(
        leftBehind(() => {
          const { map, raw, details } = explain('lafam', seen, images, options);
          return [map, raw, ...Object.values(details)];
        }),
      ).to.equal(0);
    });
  });
});

describe('methods', () => {
  it('say what they cost', () => {
    const size = { image: [224, 224] as [number, number], positions: 49, channels: 2048 };
    const cost = (name: string, options = {}) => {
      const method = methods[name]!;
      return method.cost({ ...method.defaults, ...options }, size);
    };
    expect(cost('group-cam')).to.deep.equal({ queries: 34, gradients: 0, heads: 2 });
    expect(cost('group-cam', { profile: 'gradient-free' })).to.deep.equal({
      queries: 18,
      gradients: 0,
      heads: 0,
    });
    expect(cost('score-cam').queries).to.equal(2049);
    expect(cost('recipro-cam').heads).to.equal(49);
    expect(cost('rise', { masks: 1000 }).queries).to.equal(1001);
    expect(cost('xrai').gradients).to.equal(200);
    expect(cost('occlusion').queries).to.equal(227);
    expect(cost('random')).to.deep.equal({ queries: 0, gradients: 0, heads: 0 });
  });
});

describe('chunks', () => {
  before(cpuBackend);

  it('are chosen so that the memory is the same for every image size', () => {
    expect(chunkSize(undefined, [64, 224, 224, 3])).to.equal(32);
    expect(chunkSize(undefined, [64, 224, 224, 3], 'backward')).to.equal(14);
    expect(chunkSize(undefined, [1, 448, 448, 3])).to.equal(8);
    expect(chunkSize(undefined, [1, 4000, 4000, 3])).to.equal(1);
    expect(chunkSize(undefined, [1, 16, 16, 3])).to.equal(256);
    expect(chunkSize(5, [1, 16, 16, 3])).to.equal(5);
  });

  it('cover every row once', () => {
    const seen: number[] = [];
    const doubled = inChunks(7, 3, (rows) => {
      seen.push(rows.shape[0]);
      return tf.mul(rows, 2);
    });
    expect(values(doubled)).to.deep.equal([0, 2, 4, 6, 8, 10, 12]);
    expect(Math.max(...seen)).to.be.at.most(3);
    const [sum] = sumInChunks(7, 3, (rows) => [tf.sum(tf.cast(rows, 'float32'))]);
    expect(values(sum)).to.deep.equal([21]);
  });
});
