import { expect } from 'chai';
import { readlink } from 'node:fs/promises';
import { train, type Recipe } from '../../../src/train/index.js';
import { figuresOf } from '../support/metrics.js';
import { type Scene, smallScene, tinyRecipe } from '../support/scene.js';
import { apart, together, weightsIn } from './together.js';
import { needsNative } from '../../backend.js';

describe('a process among several', () => {
  let scene: Scene;
  const recipe = (): Recipe =>
    tinyRecipe(scene, {
      model: { weights: scene.at('tiny'), freezeNorm: true },
      schedule: { epochs: 4, kind: 'constant' },
      checkpoint: { everySteps: 2 },
    });

  before(needsNative);
  before(async () => void (scene = await smallScene()));
  after(() => scene.remove());

  it('is killed: all end, it is named with its step, and started again they give what was wanted', async () => {
    await train(recipe(), { runFolder: scene.at('undisturbed') });
    const runFolder = scene.at('killed');
    const strike = { rank: 1, step: 5, signal: 'SIGKILL' as const };
    const work = { jobs: [{ recipe: recipe(), runFolder, strike }], restarts: 1 };
    const { status, said } = await together(2, work, scene.at('work.json'));
    expect(status, said).to.equal(0);
    expect(said).to.match(/rank 1 of 2 was ended by SIGKILL after step 5/);
    expect(said, said).to.match(/^camtune: rank 1.* is lost: its process has ended.*step \d/m);
    expect(said).to.include('resumed at epoch 2, step 4');
    const difference = apart(await weightsIn(runFolder), await weightsIn(scene.at('undisturbed')));
    expect(difference).to.be.below(1e-6);
    expect(figuresOf(runFolder)).to.have.length(figuresOf(scene.at('undisturbed')).length);
  });

  it('is frozen: the others notice, name it, and none stays', async () => {
    const runFolder = scene.at('frozen');
    const strike = { rank: 1, step: 5, signal: 'SIGSTOP' as const };
    const work = { jobs: [{ recipe: recipe(), runFolder, strike }], silence: 8 };
    const { status, said } = await together(2, work, scene.at('work.json'));
    expect(status, said).to.equal(1);
    expect(said).to.match(/^camtune: rank 1.* is lost: no sign of life for 8 s.*step \d/m);
    expect(await readlink(scene.at('frozen', 'checkpoints', 'last'))).to.match(/^step-0000004/);
  });
});
