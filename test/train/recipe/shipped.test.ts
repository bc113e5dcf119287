import { readFile, readdir } from 'node:fs/promises';
import { expect } from 'chai';
import { loadRecipe, recipeFileSchema, recipeTable } from '../../../src/train/recipe/index.js';

const folder = 'recipes';

describe('the shipped recipes', () => {
  it('load, and begin with the schema for editors and their command', async () => {
    const files = (await readdir(folder)).filter((file) => file.endsWith('.yaml'));
    expect(files).to.include.members([
      'quickstart.yaml',
      'group-cam-paper.yaml',
      'plain.yaml',
      'compare.yaml',
      'backgrounds.yaml',
    ]);
    for (const file of files) {
      await loadRecipe(`${folder}/${file}`);
      const header = (await readFile(`${folder}/${file}`, 'utf8')).split('\n');
      expect(header[0]).to.equal('# yaml-language-server: $schema=recipe.schema.json');
      expect(header[2]).to.match(new RegExp(`^# camtune (train|compare) recipes/${file}`));
    }
  });

  it('hold the paper’s protocol', async () => {
    const recipe = await loadRecipe(`${folder}/group-cam-paper.yaml`);
    expect(recipe.optimizer.accumulate * recipe.data.batchSize).to.equal(256);
    expect(recipe.optimizer).to.include({
      learningRate: 1e-3,
      momentum: 0.9,
      weightDecay: 1e-4,
      nesterov: false,
    });
    expect(recipe.schedule).to.include({ epochs: 20, kind: 'step', every: 15, factor: 0.1 });
    expect(recipe.data).to.include({ resize: 256, size: 224 });
    expect(recipe.stage).to.include({
      groups: 16,
      threshold: 'mean',
      probability: 1,
      cost: 'exact',
      start: 0,
    });
    expect(recipe.stage.blur).to.deep.equal({ size: 51, sigma: 50 });
  });

  it('differ between the paper and its control in nothing but the stage being on', async () => {
    const paper = await loadRecipe(`${folder}/group-cam-paper.yaml`);
    const plain = await loadRecipe(`${folder}/plain.yaml`);
    expect(plain.stage.enabled).to.equal(false);
    expect({ ...plain, stage: { ...plain.stage, enabled: true } }).to.deep.equal(paper);
  });

  it('come with the schema as it is now (npm run recipe-docs writes it)', async () => {
    expect(JSON.parse(await readFile(`${folder}/recipe.schema.json`, 'utf8'))).to.deep.equal(
      JSON.parse(JSON.stringify(recipeFileSchema)),
    );
  });

  it('are explained key by key as the schema is now (npm run recipe-docs writes it)', async () => {
    const page = await readFile('docs/training.md', 'utf8');
    expect(page).to.include(`<!-- recipe keys -->\n${recipeTable()}\n<!-- end of recipe keys -->`);
    for (const key of [
      'model.architecture',
      'data.trainBoxes',
      'stage.blur.sigma',
      'log.probe.images',
      'seed',
    ])
      expect(recipeTable(), key).to.include(`| \`${key}\` |`);
  });
});
