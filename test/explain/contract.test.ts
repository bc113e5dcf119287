import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { train } from '@tensorflow/tfjs-core';
import { cpuBackend, fastestBackend } from '../backend.js';
import { compiledClassifier, methods, type Maps, type MethodOptions } from '../../src/explain/index.js';
import type { Classifier } from '../../src/models/index.js';
import { compile } from '../../src/tensorflow/index.js';
import { difference } from './goldens.js';
import { leftBehind } from './fake-classifier.js';
import { imagesFor, networks } from './networks.js';

/** Settings that make the costly methods quick; a method that is not here runs with its defaults. */
const quick: Record<string, MethodOptions> = {
  'group-cam': { blur: { size: 5, sigma: 2 } },
  'clustered-group-cam': { groups: 3, blur: { size: 5, sigma: 2 } },
  rise: { masks: 6, gridSize: 3 },
  occlusion: { size: 4 },
  'integrated-gradients': { steps: 3 },
  smoothgrad: { samples: 2 },
  vargrad: { samples: 3 },
  xrai: { steps: 2, scales: [50, 500], segmentationSize: null, minSize: 4, minPixels: 2, dilation: 1 },
};

function fits(name: string, { linearHead, attention }: Classifier): boolean {
  const { needs } = methods[name]!;
  return (
    (linearHead !== undefined || !needs.includes('pooling and linear layer')) &&
    (attention !== undefined || !needs.includes('attention'))
  );
}

/** A network of the kind named, or a transformer where a method wants one. */
function networkFor(name: string, kind: string): Classifier {
  return networks[methods[name]!.needs.includes('attention') ? 'a vision transformer, not square' : kind]!();
}

function tensorsOf({ map, raw, details }: Maps): tf.Tensor[] {
  return [map, raw, ...Object.values(details)];
}

function numbers(tensor: tf.Tensor): number[] {
  return Array.from(tensor.dataSync());
}

describe('every method', function () {
  let native = false;
  before(async () => void (native = await fastestBackend()));
  after(cpuBackend);

  for (const [name, method] of Object.entries(methods)) {
    const run = (network: Classifier, images: tf.Tensor4D, options: MethodOptions = {}) =>
      method.run(network, images, { ...quick[name], ...options });

    describe(name, () => {
      for (const [kind, build] of Object.entries(networks)) {
        it(`keeps the contract: ${kind}`, function () {
          const network = build();
          if (!fits(name, network)) {
            expect(() => run(network, imagesFor(network, 1))).to.throw(
              /(cam: expected a network .* use grad-cam|: expected a vision transformer)/,
            );
            return;
          }
          const images = imagesFor(network, 3);
          const [count, height, width] = images.shape;
          const weights = network.model.getWeights().map(numbers);

          const maps = run(network, images);
          expect(maps.map.shape).to.deep.equal([count, height, width]);
          expect(maps.raw.rank).to.equal(3);
          expect(maps.raw.shape[0]).to.equal(count);
          expect([maps.map.dtype, maps.raw.dtype]).to.deep.equal(['float32', 'float32']);
          for (const tensor of tensorsOf(maps)) expect(numbers(tensor).every(Number.isFinite)).to.equal(true);
          const values = numbers(maps.map);
          expect(values.every((value) => value >= 0 && value <= 1)).to.equal(true);

          // Each image as if it were alone, and one at a time in the network.
          const alone = tf
            .split<tf.Tensor4D>(images, count)
            .flatMap((image) => numbers(run(network, image).map));
          expect(difference(alone, values), 'alone').to.be.below(1e-3);
          if (method.needs.length > 0 || name === 'rise' || name === 'occlusion') {
            expect(
              difference(numbers(run(network, images, { chunk: 1 }).map), values),
              'chunk 1',
            ).to.be.below(1e-3);
          }

          // An image of one color, and the same images once more: nothing was left behind or changed.
          const plain = tf.fill<tf.Rank.R4>([1, ...images.shape.slice(1)] as typeof images.shape, 0.5);
          expect(numbers(run(network, plain).map).every((value) => value >= 0 && value <= 1)).to.equal(true);
          let again: number[] = [];
          const left = leftBehind(() => {
            const maps = run(network, images);
            again = numbers(maps.map);
            return tensorsOf(maps);
          });
          expect(left).to.equal(0);
          expect(difference(again, values), 'again').to.be.below(1e-6);
          expect(network.model.getWeights().map(numbers)).to.deep.equal(weights);
        });
      }

      it('explains the class it is asked for, or none', function () {
        const network = networkFor(name, 'pooling and dense, not square');
        const images = imagesFor(network, 2);
        const rawFor = (target: MethodOptions['target']) => numbers(run(network, images, { target }).raw);
        const [first, second, both] = [rawFor(0), rawFor([2, 2]), rawFor([0, 2])];
        const half = first.length / 2;
        expect(difference(both, [...first.slice(0, half), ...second.slice(half)])).to.be.below(1e-4);
        const largest = Math.max(...first.map(Math.abs));
        if (method.classSpecific) expect(difference(first, second) / largest).to.be.above(1e-3);
        else expect(first).to.deep.equal(second);
        const predicted = tf.tidy(() => numbers(tf.argMax(network.logits(images), 1)));
        expect(difference(rawFor('predicted'), rawFor(predicted))).to.be.below(1e-6);
      });

      it('is the same compiled as eager', function () {
        if (!native) return this.skip();
        const network = networkFor(name, 'depthwise, batch norm, ReLU6, softmax as MobileNet');
        const images = imagesFor(network, 3);
        const eager = numbers(run(network, images).map);
        const parts = compiledClassifier(network);
        expect(difference(numbers(run(parts, images).map), eager), 'in parts').to.be.below(1e-4);
        parts.dispose();
        if (!method.compilable) return;
        const whole = compile((x: tf.Tensor4D) => run(network, x), { name });
        expect(difference(numbers(whole(images).map), eager), 'as a whole').to.be.below(1e-4);
        expect(whole.traces()).to.equal(1);
        whole.dispose();
      });

      it('can be called between training steps', async () => {
        const losses = async (explained: boolean): Promise<unknown[]> => {
          const network = networks['depthwise, batch norm, ReLU6, softmax as MobileNet']!();
          network.model.compile({ optimizer: train.sgd(0.05), loss: 'categoricalCrossentropy' });
          const images = imagesFor(network, 4);
          const labels = tf.oneHot(tf.tensor1d([0, 1, 2, 3], 'int32'), 4);
          const found: unknown[] = [];
          for (let step = 0; step < 3; step++) {
            found.push(await network.model.trainOnBatch(images, labels));
            if (explained && fits(name, network)) tf.dispose(tensorsOf(run(network, images)));
          }
          return found;
        };
        // Dropout draws its masks from Math.random; it sees one position a channel and may only scale by 0 or 2.
        const original = Math.random;
        try {
          Math.random = () => 0.25;
          expect(await losses(true)).to.deep.equal(await losses(false));
        } finally {
          Math.random = original;
        }
      });
    });
  }
});
