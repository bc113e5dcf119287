import { expect } from 'chai';
import { train, type Recipe } from '../../../src/train/index.js';
import { figuresOf } from '../support/metrics.js';
import { type Scene, smallScene, tinyRecipe } from '../support/scene.js';
import { apart, jobsTogether, weightsIn } from './together.js';
import type { Job } from './program.js';
import { needsNative } from '../../backend.js';

describe('a run of several processes', () => {
  let scene: Scene;

  /** 21 images in batches of 10, 10 and 1: of the last one, three processes of four have none. 21 steps. */
  const recipe = (
    changes: { model?: object; optimizer?: object; checkpoint?: object; schedule?: object } = {},
  ): Recipe =>
    tinyRecipe(scene, {
      model: { weights: scene.at('tiny'), ...changes.model },
      data: {
        ...tinyRecipe(scene).data,
        batchSize: 10,
        augment: { erasing: 0.5, jitter: { brightness: 0.3 } },
      },
      stage: { enabled: true, groups: 4, probability: 0.5, blur: { size: 9, sigma: 8 } },
      optimizer: { learningRate: 0.05, referenceBatch: 5, ...changes.optimizer },
      schedule: {
        epochs: 7,
        kind: 'cosine',
        warmupEpochs: 1,
        stop: { saliency: { within: 1.1, images: 10 } },
        ...changes.schedule,
      },
      checkpoint: { everySteps: 5, ...changes.checkpoint },
    });
  const frozen = (): Recipe => recipe({ model: { weights: scene.at('tiny'), freezeNorm: true } });
  const synchronized = (): Recipe =>
    recipe({
      model: { weights: scene.at('tiny'), syncNorm: true, ema: 0.9 },
      optimizer: { learningRate: 0.01, clipNorm: 0.5, accumulate: 2 },
    });

  const rarelyValidated = (): Recipe =>
    recipe({ model: { weights: scene.at('tiny'), freezeNorm: true }, schedule: { validateEvery: 3 } });

  const adamW = (): Recipe =>
    recipe({
      model: { weights: scene.at('tiny'), freezeNorm: true },
      optimizer: { name: 'adamw', learningRate: 0.001, weightDecay: 0.05 },
    });

  /** What a run has written about itself, but for the clock: names, steps and figures. */
  const figuresIn = (run: string): { names: string[]; figures: number[] } => {
    const entries = figuresOf(scene.at(run)).flatMap((line) => Object.entries(line) as [string, unknown][]);
    return {
      names: entries.map(([name]) => name),
      figures: entries.map(([, value]) => (typeof value === 'number' ? value : 0)),
    };
  };

  const expectSame = async (run: string, one: string): Promise<void> => {
    const [own, other] = [figuresIn(run), figuresIn(one)];
    expect(own.names, run).to.deep.equal(other.names);
    expect(apart(own.figures, other.figures), `figures of ${run}`).to.be.below(1e-5);
    const difference = apart(await weightsIn(scene.at(run)), await weightsIn(scene.at(one)));
    expect(difference, `weights of ${run}`).to.be.below(1e-6);
  };

  before(needsNative);
  before(async function () {
    scene = await smallScene();
    await train(frozen(), { runFolder: scene.at('frozen-1') });
    await train(synchronized(), { runFolder: scene.at('synchronized-1') });
    await train(adamW(), { runFolder: scene.at('adamw-1') });
    await train(rarelyValidated(), { runFolder: scene.at('rare-1') });

    const job = (name: string, job: Recipe, others: Partial<Job> = {}): Job => ({
      recipe: job,
      runFolder: scene.at(name),
      ...others,
    });
    const two = [
      job('synchronized-2', synchronized()),
      job('adamw-2', adamW()),
      job('rare-2', rarelyValidated()),
      job('taken-up', frozen(), { strike: { rank: 1, step: 7, signal: 'SIGTERM' } }),
    ];
    const four = [
      job('synchronized-4', synchronized()),
      job('taken-up', frozen(), { resume: true, strike: { rank: 3, step: 13, signal: 'SIGTERM' } }),
    ];
    for (const [size, jobs] of [
      [2, two],
      [4, four],
    ] as const) {
      const said = await jobsTogether(scene, size, jobs);
      expect(said).to.include(`processes: ${size}, each with`);
      expect(said).to.match(
        size === 2 ? /stopped at step 8/ : /resumed at epoch 3, step 8[^]*stopped at step 14/,
      );
    }
    const { finished } = await train(frozen(), { runFolder: scene.at('taken-up'), resume: true });
    expect(finished).to.equal(true);
  });
  after(() => scene.remove());

  it('begun with two, stopped, resumed with four, stopped, and ended by one gives what one process gives', () =>
    expectSame('taken-up', 'frozen-1'));

  it('with AdamW: two', () => expectSame('adamw-2', 'adamw-1'));

  it('validated after every third epoch: two; and the weights are those of a run that validates every one', async () => {
    await expectSame('rare-2', 'rare-1');
    expect(await weightsIn(scene.at('rare-1'))).to.deep.equal(await weightsIn(scene.at('frozen-1')));
  });

  it('with synchronized norms, an average of the weights, clipping and accumulation: two', () =>
    expectSame('synchronized-2', 'synchronized-1'));

  it('with synchronized norms, an average of the weights, clipping and accumulation: four', () =>
    expectSame('synchronized-4', 'synchronized-1'));
});
