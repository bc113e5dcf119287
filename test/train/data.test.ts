import { expect } from 'chai';
import { readFile, writeFile } from 'node:fs/promises';
import { needsNative } from '../backend.js';
import { listImages } from '../../src/data/index.js';
import { train } from '../../src/train/index.js';
import { completeRecipe } from '../../src/train/recipe/index.js';
import { errorOf } from '../data/folder.js';
import { makeScene, tinyRecipe, type Scene } from './support/scene.js';

describe('the data of a run', () => {
  let scene: Scene;
  before(needsNative);
  beforeEach(async () => (scene = await makeScene()));
  afterEach(() => scene.remove());

  const recipe = (data: object, epochs = 1) =>
    tinyRecipe(scene, { data: { ...tinyRecipe(scene).data, ...data }, schedule: { epochs } });

  it('may be a table of labels', async () => {
    const { files } = await listImages(scene.at('train'));
    const rows = files.map((file) => `train/${file},the ${file.split('/')[0]}\n`);
    await writeFile(scene.at('train.csv'), `path,label\n${rows.join('')}`);
    const lines: string[] = [];
    const result = await train(recipe({ train: scene.at('train.csv'), val: scene.at('train.csv') }), { runFolder: scene.at('run'), log: (line) => lines.push(line) }); // prettier-ignore
    expect(result.finished).to.equal(true);
    expect(lines.join('\n')).to.match(
      /data: 24 training and 24 validation images of 3 classes \(the blue, the green, the red\)/,
    );
    expect(lines.join('\n')).to.include('warning: all of the 24 validation images are training images too');
    const model = JSON.parse(await readFile(scene.at('run', 'model', 'model.json'), 'utf8')) as { userDefinedMetadata: { camtune: { classNames: string[] } } }; // prettier-ignore
    expect(model.userDefinedMetadata.camtune.classNames).to.deep.equal(['the blue', 'the green', 'the red']);
  });

  it('may have its validation images split off, which the run keeps and goes on with', async () => {
    const runFolder = scene.at('run');
    const lines: string[] = [];
    const split = { val: 0.25, splitSeed: 4 };
    await train(recipe(split), { runFolder, log: (line) => lines.push(line) });
    const said = lines.join('\n');
    expect(said).to.match(/data: 18 training and 6 validation images/);
    expect(said).to.include('images a class, training + validation: blue 6 + 2, green 6 + 2, red 6 + 2');
    expect(said).to.match(
      /validation images: 25 % of every class of .*train, split off by seed 4; validation\.csv/,
    );

    const table = scene.at('run', 'validation.csv');
    const kept = await readFile(table, 'utf8');
    const { classNames, labels } = await listImages(table);
    expect(classNames).to.deep.equal(['blue', 'green', 'red']);
    expect([...labels]).to.deep.equal([0, 0, 1, 1, 2, 2]);

    await train(recipe(split, 2), { runFolder, resume: true, log: (line) => lines.push(line) });
    expect(lines.join('\n')).to.include('resumed at epoch 2');
    expect(await readFile(table, 'utf8')).to.equal(kept);

    // What is kept counts, and not another draw: without its last row there are 19 images to train on.
    await writeFile(table, kept.replace(/.*\n$/, ''));
    const error = await errorOf(train(recipe(split, 3), { runFolder, resume: true }));
    expect(error.message).to.match(/train: expected the 18 images that the run began with, found 19$/);
  });

  it('refuses a share that is none', () => {
    const base = { data: { train: 'train', val: 1.5 } };
    expect(() => completeRecipe(base)).to.throw(
      'data.val: expected a text or a number above 0 and below 1, found 1.5',
    );
  });
});
