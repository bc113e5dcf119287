import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { compiled } from '../compiled.js';
import { processStart } from '../../src/process/state.js';
import { recipeToYaml, train } from '../../src/train/index.js';
import { apart, weightsIn } from '../train/group/together.js';
import { tinyRecipe } from '../train/support/scene.js';
import { camtune, camtuneProcess, node } from './camtune.js';
import { suiteScene } from './suite-scene.js';

describe('camtune train --processes', () => {
  let file: string;
  const scene = suiteScene(async (scene) => {
    file = scene.at('recipe.yaml');
    const model = { weights: scene.at('tiny'), freezeNorm: true };
    const recipe = tinyRecipe(scene, { model, schedule: { epochs: 2, kind: 'constant' } });
    await writeFile(file, recipeToYaml(recipe));
    await train(recipe, { runFolder: scene.at('one') });
  });

  it('trains as one process does, and says it once', async () => {
    const run = scene.at('two');
    const { status, stdout, stderr } = await camtuneProcess(
      'train',
      file,
      '--processes',
      '2',
      '--run',
      run,
      '--json',
    );
    expect(status, stderr).to.equal(0);
    expect(JSON.parse(stdout)).to.include({ runFolder: run, finished: true, steps: 6 });
    expect(stderr).to.include('processes: 2, each with 4 of the 8 images of a batch');
    expect(stderr.match(/^epoch 1\/2:/gm)).to.have.length(1);
    expect(apart(await weightsIn(run), await weightsIn(scene.at('one')))).to.be.below(1e-6);
    expect(existsSync(scene.at('two', 'camtune.lock'))).to.equal(false);
  });

  it('loads nothing of what processes do together where there is one', async () => {
    const alone = await modulesOf(
      {},
      'train',
      file,
      '--run',
      scene.at('alone'),
      '--set',
      'schedule.epochs=1',
    );
    expect(alone.status, alone.stderr).to.equal(0);
    expect(alone.together).to.deep.equal([]);
    // The same look finds them where a launcher has left its variables.
    const launched = await modulesOf({ PMI_RANK: '3' }, 'train', file);
    expect(launched.together.join()).to.include('/src/distributed/place/');
  });

  it('says before it starts any that a batch has fewer images than processes', async () => {
    const { status, stderr } = await camtune('train', file, '--processes', '9', '--run', scene.at('nine'));
    expect(stderr).to.equal(
      'camtune: data.batchSize: expected at least 9, an image for each process, found 8\n',
    );
    expect(status).to.equal(2);
  });

  it('killed, leaves no process behind', async () => {
    const args = [
      'train',
      file,
      '--processes',
      '2',
      '--run',
      scene.at('killed'),
      '--set',
      'schedule.epochs=1000',
    ];
    const parent = spawn(process.execPath, [compiled('src/cli/main.ts'), ...args]);
    let said = '';
    parent.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const ended = new Promise((resolve) => parent.on('close', resolve));
    while (!said.includes('epoch 1/1000') && parent.exitCode === null) await wait(20);
    const children = readFileSync(`/proc/${parent.pid}/task/${parent.pid}/children`, 'utf8');
    const workers = children.trim().split(' ').map(Number);
    expect(workers, said).to.have.length(2);
    parent.kill('SIGKILL');
    await ended;
    while ((await Promise.all(workers.map(processStart))).some((start) => start !== undefined))
      await wait(50);
  });

  it('says in one sentence what is wrong with the place of a process, before it loads anything', async () => {
    for (const [name, value, says] of [
      ['TF_CONFIG', '{"cluster": 1}', /^camtune: TF_CONFIG: cluster: expected .*$/m],
      ['PMI_RANK', '3', /^camtune: PMI_SIZE: expected .*$/m],
    ] as const) {
      const { status, stderr } = await node(
        '--import',
        `data:text/javascript,process.env.${name}=${encodeURIComponent(JSON.stringify(value))}`,
        compiled('src/cli/main.ts'),
        'train',
        file,
      );
      expect(status, stderr).to.equal(2);
      expect(stderr).to.match(says);
      expect(stderr.trim().split('\n')).to.have.length(1);
    }
  });
});

/** Runs the command line, and answers which modules of src/distributed it has loaded. */
async function modulesOf(
  variables: Record<string, string>,
  ...args: string[]
): Promise<{ status: number | null; stderr: string; together: string[] }> {
  const hook = `
    import { writeSync } from 'node:fs';
    export async function load(url, context, next) {
      if (url.includes('/src/distributed/')) writeSync(2, 'loaded ' + url + '\\n');
      return next(url, context);
    }`;
  const asUrl = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;
  const first = `
    import { register } from 'node:module';
    Object.assign(process.env, ${JSON.stringify(variables)});
    register(${JSON.stringify(asUrl(hook))});`;
  const { status, stderr } = await node('--import', asUrl(first), compiled('src/cli/main.ts'), ...args);
  return { status, stderr, together: stderr.split('\n').filter((line) => line.startsWith('loaded ')) };
}
