import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { loadModel } from '../../../src/models/index.js';
import { train, type Recipe } from '../../../src/train/index.js';
import { linesOf } from '../support/metrics.js';
import { useNative } from '../support/native.js';
import { makeScene, tinyRecipe, type Scene } from '../support/scene.js';
import type { Job } from './program.js';

/** Does the jobs with several processes; answers what they said. */
async function together(size: number, jobs: Job[], file: string): Promise<string> {
  await writeFile(file, JSON.stringify(jobs));
  const args = ['--import', 'tsx', 'test/train/group/program.ts', 'parent', String(size), file];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const status = await new Promise((resolve) => child.on('close', resolve));
  expect(status, said).to.equal(0);
  return said;
}

async function weightsIn(runFolder: string): Promise<number[]> {
  const { model } = await loadModel(`${runFolder}/model`);
  const weights = model.weights.flatMap((weight) => Array.from(weight.read().dataSync()));
  model.dispose();
  return weights;
}

/** The largest difference of two lists. */
function apart(one: readonly number[], other: readonly number[]): number {
  expect(one.length).to.equal(other.length);
  return one.reduce((most, value, at) => Math.max(most, Math.abs(value - other[at]!)), 0);
}

describe('a run of several processes', () => {
  let scene: Scene;
  /** 21 images in batches of 10, 10 and 1: of the last one, three processes of four have none. */
  const recipe = (changes: { model?: object; optimizer?: object } = {}): Recipe =>
    tinyRecipe(scene, {
      model: { weights: scene.at('tiny'), freezeNorm: true, ...changes.model },
      data: { ...tinyRecipe(scene).data, batchSize: 10, limit: 7, augment: { erasing: 0.5, jitter: { brightness: 0.3 } } },
      stage: { enabled: true, groups: 4, probability: 0.5, blur: { size: 9, sigma: 8 } },
      optimizer: { learningRate: 0.05, ...changes.optimizer },
      schedule: { epochs: 7, kind: 'cosine', warmupEpochs: 1 },
    });

  before(useNative);
  before(async () => void (scene = await makeScene()));
  after(() => scene.remove());

  it('gives the network, and the figures, of one process', async () => {
    const jobs = (size: number): Job[] => [{ recipe: recipe(), runFolder: scene.at(`frozen-${size}`) }];
    await train(recipe(), { runFolder: scene.at('frozen-1') });
    const one = await weightsIn(scene.at('frozen-1'));
    for (const size of [2, 4]) {
      console.error(await together(size, jobs(size), scene.at('jobs.json')));
      console.error(size, apart(await weightsIn(scene.at(`frozen-${size}`)), one));
    }
  });
});
