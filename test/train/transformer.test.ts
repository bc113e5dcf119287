import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { architectureOf, saveModel, torchvisionPreprocessing } from '../../src/models/index.js';
import { convergence } from '../../src/monitor/index.js';
import { train } from '../../src/train/index.js';
import { loadRecipe } from '../../src/train/recipe/index.js';
import { classifier } from '../../src/models/index.js';
import { stageOptions } from '../../src/augment/index.js';
import { linesOf } from './support/metrics.js';
import { tensorCounts } from './support/tensors.js';
import { noiseBatch, trainingOf } from './support/networks.js';
import { makeScene, type Scene, tinyRecipe } from './support/scene.js';
import { needsNative } from '../backend.js';

/** Two blocks on four by four patches. */
function tinyTransformer(classes: number) {
  const { architecture, config } = architectureOf('vit_tiny_patch16_224');
  const sizes = { patch: 8, grid: 4, width: 8, depth: 2, heads: 2, hidden: 16 };
  return architecture.build({ ...config, ...sizes }, { classes, seed: 3 });
}

describe('training a vision transformer', () => {
  let scene: Scene;
  before(needsNative);
  before(async () => {
    scene = await makeScene();
    const model = tinyTransformer(3);
    await saveModel(model, scene.at('vit'), {
      preprocessing: { ...torchvisionPreprocessing, crop: 32, resize: 36 },
    });
    model.dispose();
  });
  after(() => scene.remove());

  it('goes through the stage with AdamW, layer decay and stochastic depth, and keeps its maps', async () => {
    const runFolder = scene.at('run');
    const said: string[] = [];
    const recipe = tinyRecipe(scene, {
      model: { weights: scene.at('vit'), dropPath: 0.2 },
      stage: { enabled: true, groups: 4, blur: { size: 9, sigma: 8 } },
      optimizer: { name: 'adamw', learningRate: 1e-3, layerDecay: 0.75, decayNormAndBias: false },
      log: { every: 1, probe: { images: 2 }, tensorboard: false, saliency: true },
    });
    const { finished } = await train(recipe, { runFolder, log: (line) => said.push(line) });
    expect(finished).to.equal(true);
    expect(said.join('\n')).to.include('target layer blocks_1_grid');
    expect(said).to.include('  learning rates: each block 0.75 of the next one, 0.42 of the whole at least');
    expect(said).to.include('  stochastic depth: up to 0.2 in the last block');
    expect(said.filter((line) => line.includes('channels of blocks_1_grid'))).to.deep.equal([]);
    const epochs = linesOf(runFolder).flatMap((line) => (line.kind === 'epoch' ? [line] : []));
    expect(epochs.every(({ trainLoss }) => Number.isFinite(trainLoss))).to.equal(true);
    expect(epochs[1]!.shareAugmented).to.be.above(0);
    const [change] = convergence(runFolder);
    expect(change!.images).to.equal(2);
    expect(existsSync(scene.at('run', 'report.html'))).to.equal(true);
  });

  it('says what cost auto looks at', async () => {
    const said: string[] = [];
    const recipe = tinyRecipe(scene, {
      model: { weights: scene.at('vit') },
      stage: { enabled: true, groups: 4, blur: { size: 9, sigma: 8 }, cost: 'auto' },
      schedule: { epochs: 1, kind: 'constant' },
    });
    await train(recipe, { runFolder: scene.at('auto'), log: (line) => said.push(line) });
    expect(
      said.filter((line) => line.startsWith('warning: the stage takes the mean of the channels')),
    ).to.have.length(1);
  });

  it('refuses stochastic depth where the network has no blocks', async () => {
    const recipe = tinyRecipe(scene, { model: { weights: scene.at('tiny'), dropPath: 0.1 } });
    const run = train(recipe, { runFolder: scene.at('none'), dryRun: true });
    const message = await run.then(
      () => '',
      (error: Error) => error.message,
    );
    expect(message).to.match(/^model.dropPath: expected null where the network has neither/);
  });

  it('holds no more memory with each step', () => {
    const network = classifier(tinyTransformer(3));
    const stage = stageOptions({ groups: 4, blur: { size: 9, sigma: 8 } });
    const step = trainingOf(network, { stage, dropPath: 0.2 });
    const batch = noiseBatch(4, 32, 3);
    const run = () => void step.run(batch, Int32Array.of(0, 1, 2, 3), 0.01);
    run();
    run();
    const before = tensorCounts();
    for (let count = 0; count < 3; count++) run();
    expect(tensorCounts()).to.deep.equal(before);
    step.dispose();
    network.model.dispose();
  });

  it('has a recipe of its own', async () => {
    const { optimizer, schedule, model } = await loadRecipe('recipes/vit.yaml');
    expect(optimizer).to.include({ name: 'adamw', layerDecay: 0.75, decayNormAndBias: false });
    expect([schedule.warmupEpochs, model.dropPath]).to.deep.equal([2, 0.1]);
  });
});
