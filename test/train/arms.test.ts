import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { writeFile } from 'node:fs/promises';
import { needsNative } from '../backend.js';
import {
  arms,
  randomInputsMaker,
  stageOptions,
  stageSome,
  type StageInputs,
  type StageOptions,
} from '../../src/augment/index.js';
import { classifier, torchvisionPreprocessing } from '../../src/models/index.js';
import { compile } from '../../src/tensorflow/index.js';
import { train, type Recipe } from '../../src/train/index.js';
import type { EpochLine } from '../../src/log/index.js';
import { errorOf } from '../data/folder.js';
import { figuresOf, linesOf } from './support/metrics.js';
import { tensorCounts, values } from './support/tensors.js';
import { noiseBatch, nobody, trainingOf } from './support/networks.js';
import { makeScene, type Scene, tinyRecipe, tinyResNet } from './support/scene.js';

const preprocessing = torchvisionPreprocessing;
// The last layer, whose CAM is a closed form, has 4 × 4 positions.
const side = 32;
const last = () => classifier(tinyResNet(3), { preprocessing });
const options = (given: Partial<StageOptions>): StageOptions =>
  stageOptions({ groups: 4, blur: { size: 9, sigma: 8 }, ...given });
const batch = {
  ...noiseBatch(6, side, 3),
  crops: Array.from({ length: 6 }, () => ({ left: 0, top: 0, width: side, height: side, flipped: false })),
};
const boxes = new Map(
  batch.files.map((file, index) => [
    file,
    {
      file,
      width: side,
      height: side,
      boxes: index < 4 ? [{ left: 0, top: 0, width: 16, height: 32, category: 0, crowd: false }] : [],
    },
  ]),
);
const chosen = Int32Array.from([0, 2, 3, 5]);
const trained = Object.entries(arms).filter(([, { stage }]) => stage.enabled);

/** The share of the values that are others. */
function shareOfOthers(found: number[], expected: number[]): number {
  expect(found.length).to.equal(expected.length);
  return found.filter((value, index) => !(Math.abs(value - expected[index]!) < 1e-3)).length / found.length;
}

describe('the arms', () => {
  before(needsNative);

  it('give compiled what they give step by step', () => {
    const network = last();
    const images = tf.randomNormal<tf.Rank.R4>([6, side, side, 3], 0, 1, 'float32', 4);
    const labels = tf.tensor1d(batch.labels, 'int32');
    const some = tf.tensor1d(chosen, 'int32');
    const mask = tf.cast(tf.less(tf.randomUniform([6, side, side], 0, 1, 'float32', 3), 0.4), 'int32');
    for (const [name, { stage }] of trained) {
      const settings = options({ method: stage.method!, blend: stage.blend! });
      const randomInputs = randomInputsMaker(network, settings)([6, side, side, 3], chosen, 5);
      const eager = (x: tf.Tensor4D, given: { randomInputs: typeof randomInputs; boxes: tf.Tensor3D }) =>
        stageSome(network, x, labels, some, settings, given);
      const graph = compile(eager, { name });
      const inputs = { randomInputs, boxes: mask as tf.Tensor3D } satisfies StageInputs;
      const [expected, found] = [eager(images, inputs), graph(images, inputs)];
      // Rounding may move a few pixels across a threshold.
      expect(shareOfOthers(values(found.images), values(expected.images)), name).to.be.below(0.01);
      expect(shareOfOthers(values(found.mask), values(expected.mask)), name).to.be.below(0.01);
      if (expected.mixed) expect(values(found.mixed!.share)).to.deep.equal(values(expected.mixed.share));
      graph.dispose();
    }
    network.model.dispose();
  });

  for (const [name, { stage }] of trained) {
    it(`${name}: trains, depends on its seed alone, and leaves nothing behind`, () => {
      const network = last();
      const settings = options({ method: stage.method!, blend: stage.blend! });
      const training = trainingOf(network, {
        preprocessing,
        stage: settings,
        consistency: stage.consistency!,
        boxes: settings.method === 'boxes' ? boxes : null,
        freezeNorm: true,
      });
      const loss = (seed: number): number => training.run(batch, chosen, 0, seed).loss;
      const first = training.run(batch, chosen, 0, 1);
      expect(first.loss).to.satisfy(Number.isFinite);
      expect(first.augmented + first.zeroMaps).to.equal(4);
      expect(first.augmented).to.be.above(0);
      expect(loss(1)).to.equal(first.loss);
      const random = /random|swap|mix|keep/.test(name);
      if (random) expect([2, 3, 4].some((seed) => loss(seed) !== first.loss)).to.equal(true);
      else expect(loss(2)).to.equal(first.loss);
      expect(training.run(batch, nobody, 0, 1).loss).to.not.equal(first.loss);

      const before = tensorCounts();
      for (let seed = 0; seed < 5; seed++)
        expect(training.run(batch, chosen, 1e-3, seed).loss).to.satisfy(Number.isFinite);
      expect(tensorCounts()).to.deep.equal(before);
      training.dispose();
      network.model.dispose();
    });
  }

  it('boxes: the area of the masks is that of the boxes, and images without one are counted', () => {
    const network = last();
    const training = trainingOf(network, { preprocessing, stage: options({ method: 'boxes' }), boxes });
    const { augmented, zeroMaps, maskArea } = training.run(batch, chosen, 0);
    expect({ augmented, zeroMaps }).to.deep.equal({ augmented: 3, zeroMaps: 1 });
    expect(maskArea).to.be.closeTo((3 * 16 * 32) / side ** 2, 1e-6);
    training.dispose();
    network.model.dispose();
  });

  it('random-mask: masks have the area of LaFAM’s, and lie elsewhere', () => {
    const network = last();
    const areas = (['lafam', 'random'] as const).map((method) => {
      const training = trainingOf(network, { preprocessing, stage: options({ method }), freezeNorm: true });
      const { maskArea, loss } = training.run(batch, chosen, 0, 1);
      training.dispose();
      return { maskArea, loss };
    });
    expect(areas[1]!.maskArea).to.be.closeTo(areas[0]!.maskArea, 1e-6);
    expect(areas[1]!.loss).to.not.equal(areas[0]!.loss);
    network.model.dispose();
  });
});

describe('arms as recipes', () => {
  let scene: Scene;
  before(needsNative);
  before(async () => void (scene = await makeScene()));
  after(() => scene.remove());

  const recipeOf = (stage: Partial<Recipe['stage']>, data: object = {}): Recipe =>
    tinyRecipe(scene, {
      data: { batchSize: 8, ...data },
      stage: { enabled: true, layer: 'layer2_0_relu', blur: { size: 9, sigma: 8 }, ...stage },
      optimizer: { learningRate: 0.02 },
    });

  it('what is left to chance is the same after a stop: random mask, another image as background', async () => {
    const recipe = recipeOf({ method: 'random', blend: 'background', probability: 0.5 });
    const whole = scene.at('whole');
    expect((await train(recipe, { runFolder: whole })).finished).to.equal(true);
    const stopped = scene.at('stopped');
    const log = (line: string): void =>
      void (/^before training/.test(line) && process.emit('SIGTERM', 'SIGTERM'));
    expect(await train(recipe, { runFolder: stopped, log })).to.include({ finished: false, steps: 1 });
    expect(await train(recipe, { runFolder: stopped, resume: true })).to.include({
      finished: true,
      steps: 6,
    });
    expect(figuresOf(stopped)).to.deep.equal(figuresOf(whole));
    const other = scene.at('other');
    await train({ ...recipe, seed: 1 }, { runFolder: other });
    expect(figuresOf(other)).to.not.deep.equal(figuresOf(whole));
  });

  it('boxes come from the recipe’s file, through random crops and flips', async () => {
    const name = (color: string, index: number) => `${color}/${String(index).padStart(2, '0')}.png`;
    const files = ['blue', 'green', 'red'].flatMap((color) =>
      [0, 1, 2, 3].map((index) => name(color, index)),
    );
    const content = {
      images: files.map((file_name, id) => ({ id, file_name, width: 48, height: 48 })),
      annotations: files.map((_, id) => ({ image_id: id, category_id: 1, bbox: [0, 0, 48, 24] })),
      categories: [{ id: 1, name: 'square' }],
    };
    await writeFile(scene.at('boxes.json'), JSON.stringify(content));
    const data = {
      trainBoxes: scene.at('boxes.json'),
      augment: { crop: 'resize-crop', flip: 0.5 },
      resize: 32,
    };
    const lines: string[] = [];
    const runFolder = scene.at('boxed');
    await train(recipeOf({ method: 'boxes' }, data), { runFolder, log: (line) => lines.push(line) });
    expect(lines.find((line) => line.startsWith('stage:'))).to.equal(
      'stage: boxes, no query (cost: exact), the annotated boxes; outside blurred',
    );
    for (const epoch of linesOf(runFolder).filter((line): line is EpochLine => line.kind === 'epoch')) {
      // Half of the 24 images have a box, over the upper half of them.
      expect(epoch).to.include({ shareAugmented: 0.5, zeroMaps: 12, queriesPerImage: 0 });
      expect(epoch.maskArea).to.be.closeTo(0.5, 1e-6);
    }
    const wrong = {
      ...content,
      images: content.images.map((image) => ({ ...image, width: 24, height: 24 })),
    };
    await writeFile(scene.at('wrong.json'), JSON.stringify(wrong));
    const refused = train(recipeOf({ method: 'boxes' }, { ...data, trainBoxes: scene.at('wrong.json') }), {
      runFolder: scene.at('wrong'),
    });
    expect((await errorOf(refused)).message).to.match(
      /wrong.json, blue\/00.png: expected 48 × 48 pixels, the size of blue\/00.png as it is shown, found 24 × 24/,
    );
  });

  it('refuse what does not go together', () => {
    expect(() => recipeOf({ method: 'boxes' })).to.throw(
      "data.trainBoxes: expected a file in COCO's instances format where stage.method is boxes, found null",
    );
    expect(() => recipeOf({ method: 'boxes', enabled: false })).to.not.throw();
    expect(() => recipeOf({ method: 'none', blend: 'soft' })).to.throw(
      'stage.blend: expected blur or cut-mix',
    );
    expect(() => recipeOf({ blend: 'cut-mix', consistency: 1 })).to.throw(
      'stage.consistency: expected 0 where stage.blend mixes labels (cut-mix), found 1',
    );
  });
});
