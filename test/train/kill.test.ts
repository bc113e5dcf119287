import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { compiled } from '../compiled.js';
import { needsNative } from '../backend.js';
import { recipeToYaml, train, type Recipe } from '../../src/train/index.js';
import { random } from '../../src/random.js';
import { figuresOf } from './support/metrics.js';
import { makeScene, type Scene, tinyRecipe } from './support/scene.js';

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  said: string;
}

/** When a process is ended: before it has written anything, or after so many checkpoints and milliseconds. */
interface Stop {
  checkpoints: number;
  delay: number;
  signal: NodeJS.Signals;
}

/** More can be asked for, `CAMTUNE_KILLS=10`; each costs a start of TensorFlow. */
const kills = Number(process.env['CAMTUNE_KILLS'] ?? 2);

describe('camtune train, killed', () => {
  let scene: Scene;
  let recipe: Recipe;
  let recipeFile: string;

  before(needsNative);
  before(async () => {
    scene = await makeScene();
    recipe = tinyRecipe(scene, {
      schedule: { epochs: 3 + kills, kind: 'cosine' },
      log: { saliency: true, tensorboard: true },
      checkpoint: { everySteps: 1 },
    });
    recipeFile = scene.at('recipe.yaml');
    await writeFile(recipeFile, recipeToYaml(recipe));
    await train(recipe, { runFolder: scene.at('undisturbed') });
  });
  after(() => scene.remove());

  const last = (run: string): string => {
    try {
      return readlinkSync(join(run, 'checkpoints', 'last'));
    } catch {
      return 'none';
    }
  };

  /** The command in a process of its own, the same each time: the first begins the run, the others go on with it. */
  const camtune = async (run: string, stop?: Stop): Promise<Ended> => {
    const args = [compiled('src/cli/main.ts'), 'train', recipeFile, '--run', run, '--resume'];
    const child = spawn(process.execPath, args);
    let said = '';
    const hear = (chunk: Buffer): void => void (said += chunk.toString());
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    const ended = new Promise<Ended>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => resolve({ code, signal, said }));
    });
    if (!stop) return ended;
    const seen = new Set<string>([last(run)]);
    const isTime = (): boolean =>
      stop.checkpoints > 0 ? seen.add(last(run)).size > stop.checkpoints : said.includes('before training');
    while (child.exitCode === null && !isTime()) await wait(2);
    await wait(stop.delay);
    child.kill(stop.signal);
    return ended;
  };

  it('resumed each time, it gives the figures of an undisturbed run', async function () {
    const run = scene.at('killed');
    const next = random(2026);
    const reached: string[] = [];

    const first = await camtune(run, { checkpoints: 0, delay: 100 * next(), signal: 'SIGKILL' });
    expect(first.signal, first.said).to.equal('SIGKILL');
    reached.push(last(run));
    for (let kill = 0; kill < kills; kill++) {
      // A step and its checkpoint take some 40 ms: any part of them is hit.
      const stop = {
        checkpoints: 1 + Math.floor(3 * next()),
        delay: 80 * next(),
        signal: 'SIGKILL',
      } as const;
      const { signal, said } = await camtune(run, stop);
      expect(signal, said).to.equal('SIGKILL');
      reached.push(last(run));
    }
    // Every kill came further, and none of them at the end.
    expect(new Set(reached).size, reached.join(', ')).to.be.at.least(kills);

    const stopped = await camtune(run, { checkpoints: 1, delay: 0, signal: 'SIGINT' });
    expect(stopped.code, stopped.said).to.equal(130);
    expect(stopped.said).to.include('resumed at epoch');
    expect(stopped.said).to.match(/stopping after this step and saving; Ctrl-C once more stops at once/);
    expect(stopped.said).to.match(/stopped at step \d+$/m);
    expect(stopped.said).to.include(`go on with: camtune train --resume --run ${run}`);

    const end = await camtune(run);
    expect(end.code, end.said).to.equal(0);
    expect(figuresOf(run)).to.deep.equal(figuresOf(scene.at('undisturbed')));
    const names = await readdir(run, { recursive: true });
    expect(names.filter((name) => name.endsWith('.tmp'))).to.deep.equal([]);
    for (const folder of ['model', 'saliency', 'checkpoints'])
      expect(await readdir(join(run, folder))).to.deep.equal(await readdir(scene.at('undisturbed', folder)));
  });
});
