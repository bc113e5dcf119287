import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { needsNative } from '../backend.js';
import { imageReader, listImages } from '../../src/data/index.js';
import { classifier, loadModel, normalize, resnet50, saveModel } from '../../src/models/index.js';
import { loadTensorflow } from '../../src/tensorflow/index.js';
import { loadRecipe, train, type TrainResult } from '../../src/train/index.js';
import type { EpochLine } from '../../src/log/index.js';
import { errorOf } from '../data/folder.js';
import { figuresOf, linesOf } from './support/metrics.js';
import { tensorCounts, values } from './support/tensors.js';
import { makeScene, type Scene, tinyRecipe, tinyResNet } from './support/scene.js';

describe('train', () => {
  let scene: Scene;
  let result: TrainResult;
  let run: string;
  const said: string[] = [];
  let epochsSeen = 0;
  const all = { log: { every: 2, probe: { images: 2 }, tensorboard: true, saliency: true } };

  before(needsNative);
  before(async () => {
    scene = await makeScene();
    run = scene.at('run');
    const before = tensorCounts();
    result = await train(tinyRecipe(scene, all), {
      runFolder: run,
      log: (line) => said.push(line),
      onEpoch: () => Promise.resolve(void epochsSeen++),
    });
    expect(tensorCounts(), 'tensors after a run').to.deep.equal(before);
  });
  after(() => scene.remove());

  it('says what it will do, epoch by epoch what it did, and the result', () => {
    expect(said.join('\n')).to.match(/network: resnet50.* 9 k weights/);
    expect(said.join('\n')).to.include(
      '24 training and 10 validation images of 3 classes (blue, green, red)',
    );
    expect(said.filter((line) => /^epoch [12]\/2: train loss \d/.test(line))).to.have.length(2);
    expect(epochsSeen).to.equal(3);
    expect(result).to.include({ runFolder: run, finished: true, epochs: 2, steps: 6 });
    expect(result.skipped).to.deep.equal([]);
    const { initial, last, best } = result;
    const [start, second] = [linesOf(run)[0]!, linesOf(run).at(-2)!];
    expect(start).to.include({ ...initial });
    expect(second).to.include({ ...last });
    expect(best!.top1).to.be.at.least(last!.valTop1);
  });

  it('logs the start, every second step, every epoch and the summary, in this order', () => {
    const lines = linesOf(run);
    expect(lines.map(({ kind }) => kind).join(' ')).to.equal('start step epoch step step epoch summary');
    expect(lines.flatMap((line) => (line.kind === 'step' ? [line.step] : []))).to.deep.equal([2, 4, 6]);
    const keys = (kind: string) => Object.keys(lines.find((line) => line.kind === kind)!).sort();
    expect(keys('start')).to.deep.equal(['epoch', 'kind', 'step', 'valLoss', 'valTop1', 'valTop5']);
    expect(keys('step')).to.deep.equal(['epoch', 'imagesPerSecond', 'kind', 'learningRate', 'loss', 'step']);
    expect(keys('epoch')).to.include.members(
      'kind epoch step trainLoss valLoss valTop1 valTop5 learningRate imagesPerSecond'.split(' '),
    );
    expect(keys('summary')).to.include.members([
      'valLoss',
      'valTop1',
      'valTop5',
      'bestEpoch',
      'bestTop1',
      'skipped',
    ]);
    const numbers = lines
      .flatMap((line) => Object.values(line) as unknown[])
      .filter((value) => typeof value !== 'object');
    expect(numbers.every((value) => typeof value === 'string' || Number.isFinite(value))).to.equal(true);
  });

  it('means: a step line covers the images since the last one, an epoch line all of its images', () => {
    const lines = linesOf(run);
    const steps = lines.flatMap((line) => (line.kind === 'step' ? [line] : []));
    const epochs = lines.flatMap((line) => (line.kind === 'epoch' ? [line] : []));
    // Steps 1 to 6 of eight images each in pairs; epochs of three: both are means over the same 48 images.
    const mean = (found: number[]) => found.reduce((sum, value) => sum + value, 0) / found.length;
    expect(mean(steps.map(({ loss }) => loss))).to.be.closeTo(
      mean(epochs.map(({ trainLoss }) => trainLoss)),
      1e-6,
    );
    expect(epochs.map(({ images }) => images)).to.deep.equal([24, 24]);
  });

  it('writes recipe, TensorBoard events, checkpoints, saliency and the model, and nothing else', async () => {
    const names = (await readdir(run)).sort();
    expect(names).to.deep.equal([
      'about.json',
      'checkpoints',
      'metrics.jsonl',
      'model',
      'recipe.yaml',
      'report.html',
      'saliency',
      'tensorboard',
    ]);
    expect(await readFile(join(run, 'report.html'), 'utf8')).to.include('2 epochs, finished');
    expect(await loadRecipe(join(run, 'recipe.yaml'))).to.deep.equal(tinyRecipe(scene, all));
    expect(await readdir(join(run, 'saliency'))).to.have.members([
      'epoch-000',
      'epoch-001',
      'epoch-002',
      'figure.png',
      'images',
    ]);
    expect(await readdir(join(run, 'saliency', 'epoch-002'))).to.include('sheet.png');
    for (const name of ['last', 'best']) {
      const files = await readdir(join(run, 'checkpoints', name));
      expect(files, name).to.include.members(['model.json', 'momentum.bin', 'state.json']);
    }
    expect((await readdir(run, { recursive: true })).filter((name) => name.endsWith('.tmp'))).to.deep.equal(
      [],
    );
  });

  it('writes the final model with classes and preprocessing; validated anew it gives what the last epoch says', async () => {
    const { model, classNames, preprocessing } = await loadModel(join(run, 'model'));
    expect(classNames).to.deep.equal(['blue', 'green', 'red']);
    expect(preprocessing).to.include({ crop: 32, resize: 36 });
    const network = classifier(model, { preprocessing });
    const view = {
      crop: 'center',
      size: 32,
      resize: 36,
      interpolation: preprocessing.interpolation,
    } as const;
    let correct = 0;
    for await (const { pixels, shape, labels } of imageReader(await listImages(scene.at('val')), {
      view,
    }).batches()) {
      const best = values(tf.tidy(() => tf.argMax(network.logits(normalize(tf.tensor4d(Int32Array.from(pixels), shape), preprocessing)), 1))); // prettier-ignore
      correct += best.filter((label, index) => label === labels[index]).length;
    }
    model.dispose();
    expect(correct / 10).to.be.closeTo((linesOf(run).at(-2) as EpochLine).valTop1!, 1e-12);
  });

  it('writes the final model as a plain tfjs LayersModel: without camtune it gives the same logits', async () => {
    const json = JSON.parse(await readFile(join(run, 'model', 'model.json'), 'utf8')) as tf.io.ModelJSON;
    const [{ paths, weights }] = json.weightsManifest as [tf.io.WeightsManifestConfig[number]];
    const shards = await Promise.all(paths.map((path) => readFile(join(run, 'model', path))));
    const weightData = tf.io.concatenateArrayBuffers(shards.map((shard) => Uint8Array.from(shard).buffer));
    const artifacts = { modelTopology: json.modelTopology, weightSpecs: weights, weightData };
    const plain = await loadLayersModel(tf.io.fromMemory(artifacts));
    const { model } = await loadModel(join(run, 'model'));
    const images = tf.randomUniform<tf.Rank.R4>([2, 32, 32, 3], -2, 2, 'float32', 7);
    const expected = values(classifier(model).logits(images));
    const found = values(plain.predict(images) as tf.Tensor);
    found.forEach((value, index) => expect(value).to.be.closeTo(expected[index]!, 1e-5));
    expect(new Set(expected).size).to.equal(6);
    images.dispose();
    plain.dispose();
    model.dispose();
  });

  it('gives the same figures for the same recipe, to the last digit, and others for another seed', async () => {
    await train(tinyRecipe(scene, all), { runFolder: scene.at('again') });
    expect(figuresOf(scene.at('again'))).to.deep.equal(figuresOf(run));
    await train(tinyRecipe(scene, { ...all, seed: 1 }), { runFolder: scene.at('other') });
    expect(figuresOf(scene.at('other'))[0]).to.deep.equal(figuresOf(run)[0]);
    expect(figuresOf(scene.at('other'))[1]).to.not.deep.equal(figuresOf(run)[1]);
  });

  it('learns: colored squares are told apart after some epochs', async () => {
    const recipe = tinyRecipe(scene, {
      schedule: { epochs: 10, kind: 'cosine', warmupEpochs: 1 },
      optimizer: { learningRate: 0.02 },
      data: { augment: { crop: 'center' } },
    });
    const { initial, best } = await train(recipe, { runFolder: scene.at('learns') });
    expect(best!.top1).to.be.at.least(0.9);
    expect(initial!.valTop1).to.be.below(0.7);
  });

  it('refuses a layout that is not that of the weights', async () => {
    const refusal = async (weights: string) =>
      (await errorOf(train(tinyRecipe(scene, { model: { weights, layout: 'stride-in-1x1' } }), { runFolder: scene.at('layout') }))).message; // prettier-ignore
    expect(await refusal(scene.at('tiny'))).to.match(
      /^model\.layout: expected null: these weights bring a network of their own, found "stride-in-1x1"; leave it out with .*tiny$/,
    );
    const model = tinyResNet(3);
    await saveModel(model, scene.at('torch'), { layout: 'stride-in-3x3' });
    model.dispose();
    expect(await refusal(scene.at('torch'))).to.match(
      /^model\.layout: expected stride-in-3x3, which these weights were made with, found "stride-in-1x1"/,
    );
  });

  it('refuses another size of images than the only one that the weights take', async () => {
    const model = resnet50({ classes: 3, blocks: [1, 1, 1, 1], width: 4, inputSize: 40 });
    await saveModel(model, scene.at('fixed'), {});
    model.dispose();
    const recipe = tinyRecipe(scene, { model: { weights: scene.at('fixed') } });
    const error = await errorOf(train(recipe, { runFolder: scene.at('size') }));
    expect(error.message).to.equal(
      `data.size: expected 40, the only size that these weights take, found ${recipe.data.size}`,
    );
  });

  it('only describes with dryRun', async () => {
    const { description, finished } = await train(tinyRecipe(scene), {
      runFolder: scene.at('dry'),
      dryRun: true,
    });
    expect(finished).to.equal(false);
    expect(description!.lines.join('\n')).to.match(/estimate: time about .*, memory about/);
    expect(existsSync(scene.at('dry'))).to.equal(false);
  });

  it('computes float16 in float32 on a CPU, and says so', async () => {
    const options = { runFolder: scene.at('dry'), dryRun: true };
    const { description } = await train(tinyRecipe(scene, { precision: 'float16' }), options);
    const onCpu = (await loadTensorflow()).device === 'cpu';
    expect(description!.about['precision']).to.equal(onCpu ? 'float32' : 'float16');
    const line = description!.lines.find((line) => line.startsWith('device: '));
    expect(line).to.match(onCpu ? /, float32 \(float16 would be slower here\)$/ : /, float16$/);
  });

  it('takes relative paths from the base folder', async () => {
    const recipe = tinyRecipe(scene, { data: { train: 'train', val: 'val' }, model: { weights: 'tiny' } });
    const options = { runFolder: scene.at('dry'), dryRun: true, baseFolder: scene.folder };
    expect((await train(recipe, options)).description!.about['images']).to.deep.equal({ train: 24, val: 10 });
  });
});
