import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import * as tfd from '@tensorflow/tfjs-data';
import * as tfl from '@tensorflow/tfjs-layers';
import { cpuBackend, fastestBackend } from '../backend.js';
import { arms, saliencyAugment, stage, stageOptions, type StageStatistics } from '../../src/augment/index.js';
import { classifier } from '../../src/models/index.js';
import { values } from '../explain/fake-classifier.js';
import { difference } from '../explain/goldens.js';

const size = 12;
const options = { groups: 4, blur: { size: 9, sigma: 4 } } as const;

/** Somebody's own small network. */
function network(classes = 3): tfl.LayersModel {
  const init = (seed: number) => tfl.initializers.glorotUniform({ seed });
  return tfl.sequential({
    layers: [
      tfl.layers.conv2d({
        inputShape: [size, size, 3],
        filters: 8,
        kernelSize: 3,
        padding: 'same',
        strides: 2,
        activation: 'relu',
        kernelInitializer: init(1),
      }),
      tfl.layers.globalAveragePooling2d({}),
      tfl.layers.dense({
        units: classes,
        activation: classes > 1 ? 'softmax' : 'sigmoid',
        kernelInitializer: init(2),
      }),
    ],
  });
}

const batch = (count: number, seed = 1): tf.Tensor4D =>
  tf.randomUniform<tf.Rank.R4>([count, size, size, 3], 0, 1, 'float32', seed);

for (const backend of ['plain tfjs', 'native TensorFlow, compiled'] as const) {
  describe(`saliencyAugment on ${backend}`, () => {
    let model: tfl.LayersModel;
    before(async function () {
      if (backend === 'plain tfjs') return cpuBackend();
      if (!(await fastestBackend())) this.skip();
    });
    after(cpuBackend);
    beforeEach(() => void (model = network()));
    afterEach(() => model.dispose());

    it('is one line in a pipeline written with nothing but tfjs', async () => {
      const ys = [0, 1, 2, 1, 0, 2, 1];
      function* examples() {
        for (const [index, label] of ys.entries()) {
          yield { xs: tf.randomUniform([size, size, 3], 0, 1, 'float32', index + 1), ys: tf.scalar(label) };
        }
      }
      const seen: StageStatistics[] = [];
      const onStatistics = (statistics: StageStatistics) => void seen.push(statistics);
      // The last batch has one image.
      const dataset = tfd
        .generator(examples as never)
        .batch(3)
        .mapAsync(saliencyAugment(model, { ...options, onStatistics }));
      model.compile({ optimizer: tf.train.sgd(0.1), loss: 'sparseCategoricalCrossentropy' });
      const { history } = await model.fitDataset(dataset, { epochs: 2, verbose: 0 });
      expect(history.loss).to.have.lengthOf(2);
      expect(history.loss!.every((loss) => Number.isFinite(loss))).to.equal(true);
      expect(seen.map(({ images }) => images)).to.deep.equal([3, 3, 1, 3, 3, 1]);
      expect(seen.every(({ images, augmented, zeroMaps }) => augmented + zeroMaps === images)).to.equal(true);
      expect(
        seen.some(({ augmented, maskArea }) => augmented > 0 && maskArea > 0.05 && maskArea < 0.95),
      ).to.equal(true);
    });

    it('gives what the stage gives', async () => {
      const [xs, ys] = [batch(4), tf.tensor1d([0, 1, 2, 0], 'int32')];
      const expected = stage(classifier(model), xs, ys, stageOptions(options));
      const { xs: found } = await saliencyAugment(model, options)({ xs, ys });
      expect(difference(values(found), values(expected.images))).to.be.below(1e-6);
      expect(values(expected.mask)).to.include(0).and.to.include(1);
    });

    it('passes labels and everything else through', async () => {
      const augment = saliencyAugment(model, options);
      const ys = tf.tensor2d([[0], [1]]);
      const element = { xs: batch(2), ys, name: 'b' };
      const found = await augment(element);
      expect(found.ys).to.equal(ys);
      expect(found.name).to.equal('b');
      const list = await augment([element.xs, ys]);
      expect(list).to.have.lengthOf(2);
      expect(list[1]).to.equal(ys);
      expect(values(list[0]!)).to.deep.equal(values(found.xs));
    });

    it('understands indices, columns and one-hot labels alike', async () => {
      const augment = saliencyAugment(model, options);
      const xs = batch(3);
      const labels = [2, 0, 1];
      const forms = [
        tf.tensor1d(labels, 'int32'),
        tf.tensor2d(labels, [3, 1]),
        tf.oneHot(tf.tensor1d(labels, 'int32'), 3),
      ];
      const [first, ...others] = await Promise.all(
        forms.map(async (ys) => values((await augment({ xs, ys })).xs)),
      );
      others.forEach((other) => expect(other).to.deep.equal(first));
    });

    it('takes single examples, and images without labels where the prediction is the target', async () => {
      const xs = batch(2);
      const ofLabel = saliencyAugment(model, options);
      const [one, two] = tf.unstack(xs) as [tf.Tensor, tf.Tensor];
      const together = values((await ofLabel({ xs, ys: tf.tensor1d([1, 2]) })).xs);
      const single = await ofLabel({ xs: one, ys: tf.scalar(1) });
      expect(single.xs.shape).to.deep.equal([size, size, 3]);
      const hot = await ofLabel({ xs: two, ys: tf.tensor1d([0, 0, 1]) });
      expect(difference([...values(single.xs), ...values(hot.xs)], together)).to.be.below(1e-6);

      const predicted = saliencyAugment(model, { ...options, target: 'prediction' });
      const best = tf.argMax(model.predict(xs) as tf.Tensor2D, 1);
      expect(values(await predicted(xs))).to.deep.equal(values((await ofLabel({ xs, ys: best })).xs));
    });

    it('does not let images of a batch touch each other', async () => {
      const augment = saliencyAugment(model, options);
      const [xs, ys] = [batch(3), tf.tensor1d([0, 1, 2])];
      const together = values((await augment({ xs, ys })).xs);
      const alone: number[] = [];
      for (const index of [0, 1, 2]) {
        const one = { xs: tf.slice(xs, [index], [1]), ys: tf.slice(ys, [index], [1]) };
        alone.push(...values((await augment(one)).xs));
      }
      expect(difference(together, alone)).to.be.below(1e-6);
    });

    it('always uses the weights of the moment', async () => {
      const augment = saliencyAugment(model, options);
      const [xs, ys] = [batch(3), tf.tensor1d([0, 1, 2])];
      const before = values((await augment({ xs, ys })).xs);
      expect(values((await augment({ xs, ys })).xs)).to.deep.equal(before);
      const kernel = tf.clone(model.layers[0]!.getWeights()[0]!);
      model.layers[0]!.setWeights([tf.neg(kernel), tf.zeros([8])]);
      const after = values((await augment({ xs, ys })).xs);
      expect(after).to.not.deep.equal(before);
      model.layers[0]!.setWeights([kernel, tf.zeros([8])]);
      expect(values((await augment({ xs, ys })).xs)).to.deep.equal(before);
    });

    it('leaves the model as it was', async () => {
      const before = model.getWeights().map((weight) => Array.from(weight.dataSync()));
      const trainable = model.trainableWeights.length;
      await saliencyAugment(model, options)({ xs: batch(2), ys: tf.tensor1d([0, 1]) });
      expect(model.getWeights().map((weight) => Array.from(weight.dataSync()))).to.deep.equal(before);
      expect(model.trainableWeights).to.have.lengthOf(trainable);
    });

    it('applies itself to the given share of the images, the same ones for the same seed', async () => {
      const xs = batch(8);
      const given = tf.unstack(xs).map((image) => values(image).join());
      const changed = async (seed: number, probability: number) => {
        const seen: StageStatistics[] = [];
        const settings = {
          ...options,
          seed,
          probability,
          onStatistics: (one: StageStatistics) => void seen.push(one),
        };
        const found = await saliencyAugment(
          model,
          settings,
        )({ xs, ys: tf.tensor1d([0, 1, 2, 0, 1, 2, 0, 1]) });
        const same = tf.unstack(found.xs).map((image, index) => values(image).join() === given[index]);
        const indices = same.flatMap((is, index) => (is ? [] : [index]));
        expect(seen).to.have.lengthOf(1);
        expect(seen[0]!.augmented).to.equal(indices.length);
        return { indices, chosen: seen[0]!.augmented + seen[0]!.zeroMaps };
      };
      const half = await changed(1, 0.5);
      expect(half.chosen).to.equal(4);
      expect(await changed(1, 0.5)).to.deep.equal(half);
      const seeds = await Promise.all([2, 3, 4, 5].map((seed) => changed(seed, 0.5)));
      expect(new Set(seeds.map(({ indices }) => indices.join())).size).to.be.above(1);
      expect(await changed(1, 0)).to.deep.equal({ indices: [], chosen: 0 });
    });

    it('blends pixels where it is told how to preprocess them', async () => {
      const pixels = tf.cast(tf.mul(batch(2), 255), 'int32');
      const ys = tf.tensor1d([0, 1]);
      const preprocess = (x: tf.Tensor4D): tf.Tensor4D => tf.div(tf.sub(x, 100), 50);
      const found = await saliencyAugment(model, { ...options, preprocess })({ xs: pixels, ys });
      const network = await saliencyAugment(model, options)({ xs: preprocess(pixels as tf.Tensor4D), ys });
      expect(found.xs.dtype).to.equal('float32');
      expect(difference(values(preprocess(found.xs as tf.Tensor4D)), values(network.xs))).to.be.below(1e-4);
    });

    it('takes labels 0 and 1 of a network with one output unit', async () => {
      const binary = network(1);
      const found = await saliencyAugment(binary, options)({ xs: batch(2), ys: tf.tensor2d([[0], [1]]) });
      expect(values(found.xs).every(Number.isFinite)).to.equal(true);
      binary.dispose();
    });

    it('takes a Classifier as well as a model', async () => {
      const element = { xs: batch(2), ys: tf.tensor1d([0, 1]) };
      const ofModel = await saliencyAugment(model, options)(element);
      const ofClassifier = await saliencyAugment(classifier(model), options)(element);
      expect(values(ofClassifier.xs)).to.deep.equal(values(ofModel.xs));
    });

    it('mixes one-hot labels as it mixes images', async () => {
      const augment = saliencyAugment(model, { method: 'none', blend: 'cut-mix', seed: 3 });
      const xs = tf.tile<tf.Tensor4D>(tf.reshape(tf.tensor1d([0, 1, 2]), [3, 1, 1, 1]), [1, size, size, 3]);
      const ys = tf.oneHot(tf.tensor1d([0, 1, 2], 'int32'), 3);
      const found = await augment({ xs, ys });
      expect(found.ys.dtype).to.equal('float32');
      const labels = found.ys.arraySync() as number[][];
      let mixed = 0;
      tf.unstack(found.xs).forEach((image, place) => {
        const pixels = values(image);
        // The share of the pixels of each image is the share of its label.
        const shares = [0, 1, 2].map((one) => pixels.filter((value) => value === one).length / pixels.length);
        expect(difference(labels[place]!, shares)).to.be.below(1e-6);
        mixed += shares[place]! < 1 ? 1 : 0;
      });
      expect(mixed).to.be.above(0);
      const again = saliencyAugment(model, { method: 'none', blend: 'cut-mix', seed: 3 });
      expect((await again({ xs, ys })).ys.arraySync()).to.deep.equal(labels);
      expect((await again({ xs, ys })).ys.arraySync()).to.not.deep.equal(labels);
    });

    it('takes every method and blend but boxes, keeps memory flat, and asks no labels where none are needed', async () => {
      const xs = batch(3);
      const ys = tf.oneHot(tf.tensor1d([0, 1, 2], 'int32'), 3);
      for (const { method, blend } of Object.values(arms).map(({ stage }) => stage)) {
        if (!method || !blend || method === 'boxes') continue;
        const augment = saliencyAugment(model, { ...options, method, blend });
        const run = async (): Promise<number[]> => {
          const found = await augment({ xs, ys });
          if (found.ys !== ys) tf.dispose(found.ys);
          return values(found.xs);
        };
        expect((await run()).every(Number.isFinite), `${method}, ${blend}`).to.equal(true);
        const before = tf.memory().numTensors;
        await run();
        expect(tf.memory().numTensors, `${method}, ${blend}`).to.equal(before);
        augment.dispose();
      }
      const alone = await saliencyAugment(model, { method: 'lafam', blend: 'soft' })(xs);
      expect(alone.shape).to.deep.equal(xs.shape);
    });

    it('keeps memory flat over 50 batches of changing size', async () => {
      const augment = saliencyAugment(model, {
        ...options,
        probability: 0.5,
        chunk: 5,
        onStatistics: () => {},
      });
      const dataset = tfd
        .generator(function* () {
          for (let index = 0; index < 50; index++)
            yield { xs: batch(1 + (index % 4)), ys: tf.zeros([1 + (index % 4)]) };
        } as never)
        .mapAsync(augment);
      let before = 0;
      let seen = 0;
      await dataset.forEachAsync((element) => {
        tf.dispose(element);
        if (seen++ === 0) before = tf.memory().numTensors;
      });
      expect(seen).to.equal(50);
      expect(tf.memory().numTensors).to.be.at.most(before);
    });

    describe('refuses', () => {
      const message = async (run: () => Promise<unknown>): Promise<string> => {
        try {
          await run();
        } catch (error) {
          return (error as Error).message;
        }
        return 'nothing';
      };

      it('wrong options at once', () => {
        expect(() => saliencyAugment(model, { probability: 1.5 })).to.throw(
          'stage.probability: expected a number from 0 to 1, found 1.5',
        );
        expect(() => saliencyAugment(model, { groups: -1 })).to.throw(
          'stage.groups: expected an integer, 1 or more, found -1',
        );
        expect(() => saliencyAugment(classifier(model), { layer: 'other' })).to.throw(
          'stage.layer: expected',
        );
      });

      it('unknown options, and keys that only a recipe has', () => {
        const given = (options: object) => () => saliencyAugment(model, options);
        expect(given({ group: 4 })).to.throw('stage.group: unknown option; did you mean stage.groups?');
        expect(given({ xylophone: 1 })).to.throw(
          'stage.xylophone: unknown option; known here: method, blend, groups, threshold, blur, target, chunk, scoringScale, scoringPrecision, probability, layer, seed, preprocess, onStatistics',
        );
        expect(given({ consistency: 0.5 })).to.throw(
          'stage.consistency: a key of recipes, not an option of saliencyAugment; it is a part of the loss, which a transform of images cannot add',
        );
      });

      it('boxes, indices where labels are mixed, and single images where another one is needed', async () => {
        expect(() => saliencyAugment(model, { method: 'boxes' })).to.throw(
          'stage.method: expected another one in a transform of tensors, found "boxes"; boxes come with the files of a recipe (data.trainBoxes)',
        );
        const mix = saliencyAugment(model, { method: 'lafam', blend: 'saliency-mix' });
        expect(await message(() => mix({ xs: batch(2), ys: tf.tensor1d([0, 1]) }))).to.equal(
          'ys: expected one-hot labels [2, 3], found [2]; labels are mixed, which an index cannot say (tf.oneHot makes them)',
        );
        expect(await message(() => mix(batch(2)))).to.include(
          'ys: expected one-hot labels [2, 3], found null',
        );
        const swap = saliencyAugment(model, { method: 'lafam', blend: 'background' });
        const [single] = tf.unstack(batch(1)) as [tf.Tensor3D];
        expect(await message(() => swap({ xs: single, ys: tf.scalar(0) }))).to.include(
          'element: expected a batch of images, found [12,12,3]; with stage.blend background another image is needed',
        );
      });

      it('elements and labels that do not fit', async () => {
        const augment = saliencyAugment(model, options);
        const xs = batch(2);
        expect(await message(() => augment({ xs: tf.zeros([2, 3]), ys: tf.zeros([2]) }))).to.include(
          'element: expected {xs, ys} or [xs, ys]',
        );
        expect(await message(() => augment({ image: xs } as never))).to.include('element: expected');
        expect(await message(() => augment(xs))).to.include('ys: expected labels beside the images');
        expect(await message(() => augment({ xs, ys: tf.tensor1d([0, 3]) }))).to.equal(
          'ys: expected class indices from 0 to 2, found 3',
        );
        expect(await message(() => augment({ xs, ys: tf.tensor1d([0.5, 1]) }))).to.include(
          'ys: expected class indices from 0 to 2',
        );
        expect(await message(() => augment({ xs, ys: tf.zeros([2, 7]) }))).to.include(
          'or one-hot labels [2, 3], found [2,7]',
        );
      });

      it('more groups than the target layer has channels', async () => {
        const augment = saliencyAugment(model, { groups: 9 });
        const run = () => augment({ xs: batch(1), ys: tf.tensor1d([0]) });
        expect(await message(run)).to.match(
          /^stage.groups: expected an integer from 1 to 8 \(the channels of .*\), found 9$/,
        );
      });
    });
  });
}
