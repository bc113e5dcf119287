import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { compiled } from '../compiled.js';
import { needsNative } from '../backend.js';
import { recipeToYaml } from '../../src/train/index.js';
import { makeScene, tinyRecipe, type Scene } from '../train/support/scene.js';

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

type Child = ReturnType<typeof spawn>;

/** Runs the command line; as soon as it is time, `then` is done to it. */
function camtune(
  args: string[],
  isTime: (said: Ended) => boolean,
  then: (child: Child) => void,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [compiled('src/cli/main.ts'), ...args]);
    const ended: Ended = { code: null, stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (ended.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (ended.stderr += chunk.toString()));
    const timer = setInterval(() => {
      if (!isTime(ended)) return;
      clearInterval(timer);
      then(child);
    }, 5);
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(timer);
      resolve({ ...ended, code });
    });
  });
}

const says =
  (pattern: RegExp) =>
  ({ stderr }: Ended): boolean =>
    pattern.test(stderr);

const kill =
  (signal: NodeJS.Signals) =>
  (child: Child): void =>
    void child.kill(signal);

describe('a command that is stopped', function () {
  let scene: Scene;
  let recipe: string;

  before(needsNative);
  before(async () => {
    scene = await makeScene();
    recipe = scene.at('recipe.yaml');
    await writeFile(recipe, recipeToYaml(tinyRecipe(scene, { schedule: { epochs: 3, kind: 'constant' } })));
  });
  after(() => scene.remove());

  const epochs = (run: string): number =>
    readFileSync(join(run, 'metrics.jsonl'), 'utf8').match(/"kind":"epoch"/g)?.length ?? 0;

  it('goes on where nobody reads its log any more', async () => {
    const run = scene.at('unread');
    const { code } = await camtune(['train', recipe, '--run', run], says(/^data:/m), (child) => {
      child.stdout!.destroy();
      child.stderr!.destroy();
    });
    expect(code).to.equal(0);
    expect(epochs(run)).to.equal(3);
    expect(existsSync(join(run, 'model', 'model.json'))).to.equal(true);
  });

  it('saves when its terminal is closed, and ends with status 129', async () => {
    const run = scene.at('hung-up');
    const { code, stderr } = await camtune(
      ['train', recipe, '--run', run],
      says(/^before training/m),
      kill('SIGHUP'),
    );
    expect(code, stderr).to.equal(129);
    expect(existsSync(join(run, 'checkpoints', 'last', 'state.json'))).to.equal(true);
    expect(existsSync(join(run, 'model'))).to.equal(false);
  });

  it('says once how a comparison goes on, and ends with status 130', async () => {
    const folder = scene.at('compared');
    const args = ['compare', recipe, '--arms', 'plain', '--seeds', '1', '--out', folder];
    const { code, stderr } = await camtune(args, says(/^before training/m), kill('SIGINT'));
    expect(code, stderr).to.equal(130);
    expect(stderr.match(/go on with: .*|goes on.*/g)).to.deep.equal([
      `go on with: camtune compare --out ${folder}`,
    ]);
  });

  it('keeps what was measured, and ends with status 130', async () => {
    const folder = scene.at('measured');
    const lines = (): number => {
      const file = join(folder, 'images.jsonl');
      return existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;
    };
    const args = [
      '--weights',
      scene.at('tiny'),
      '--data',
      scene.at('train'),
      '--batch',
      '1',
      '--out',
      folder,
    ];
    const { code, stderr } = await camtune(
      ['evaluate', 'sanity', ...args],
      () => lines() > 2,
      kill('SIGINT'),
    );
    expect(code, stderr).to.equal(130);
    expect(stderr).to.contain('stopped; the same command goes on');
    expect(lines()).to.be.within(3, 24);
  });

  it('has a whole JSON document of what was explained, and ends with status 130', async () => {
    const images = ['--image', scene.at('train'), '--format', 'npy', '--out', scene.at('explained')];
    const { code, stdout, stderr } = await camtune(
      ['explain', '--weights', scene.at('tiny'), ...images, '--json'],
      (said) => said.stdout !== '',
      kill('SIGINT'),
    );
    expect(code, stderr).to.equal(130);
    expect(stderr).to.contain('stopped; the same command with --skip-existing goes on');
    expect(JSON.parse(stdout)).to.have.length.within(1, 23);
  });
});
