import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { camtune, node } from './camtune.js';

describe('camtune', () => {
  it('lists its commands, and loads neither TensorFlow nor an image library for it', async () => {
    const { status, stdout, stderr } = await camtune('--help');
    expect([status, stderr]).to.deep.equal([0, '']);
    for (const command of [
      'setup',
      'doctor',
      'train',
      'explain',
      'evaluate',
      'monitor',
      'predict',
      'import',
      'bench',
    ]) {
      expect(stdout).to.match(new RegExp(`^ {2}${command} `, 'm'));
    }
    const loaded = `import { program } from './src/cli/program.ts'; program();
      const { createRequire } = await import('node:module');
      const modules = Object.keys(createRequire(process.cwd() + '/x.js').cache);
      console.log(JSON.stringify({ modules: modules.length, heavy: modules.filter((path) => /tensorflow|sharp|zod/.test(path)) }));`;
    const text = (await node('--import', 'tsx', '--input-type=module', '--eval', loaded)).stdout;
    const { modules, heavy } = JSON.parse(text) as { modules: number; heavy: string[] };
    // commander is CommonJS: were the cache not looked at, there would be nothing in it.
    expect(modules).to.be.above(0);
    expect(heavy).to.deep.equal([]);
  });

  it('answers the help of every command', async () => {
    const commands = ['setup', 'doctor', 'train', 'predict', 'import'];
    const answers = await Promise.all(commands.map((command) => camtune(command, '--help')));
    answers.forEach(({ status, stdout }, index) => {
      expect(status).to.equal(0);
      expect(stdout).to.contain(`Usage: camtune ${commands[index]}`);
    });
  });

  it('refuses an unknown command and option with exit status 2 and the nearest one', async () => {
    const command = await camtune('trian');
    expect([command.status, command.stdout]).to.deep.equal([2, '']);
    expect(command.stderr).to.match(/unknown command 'trian'\n\(Did you mean train\?\)/);
    const option = await camtune('train', 'x.yaml', '--dry-runn');
    expect(option.status).to.equal(2);
    expect(option.stderr).to.contain('(Did you mean --dry-run?)');
    expect((await camtune('predict', '--image', 'x.png')).stderr).to.contain(
      "required option '--weights <path>'",
    );
  });

  it('tells a mistake in a recipe in one sentence, without a stack, with exit status 2', async () => {
    const { status, stdout, stderr } = await camtune('train', 'recipes/plain.yaml', '--set', 'stage.group=8');
    expect([status, stdout]).to.deep.equal([2, '']);
    expect(stderr).to.equal(
      'camtune: --set stage.group=8: stage.group: unknown key; did you mean stage.groups?\n',
    );
  });

  it('asks for a recipe, and refuses to write a run over another', async () => {
    expect((await camtune('train')).stderr).to.match(/^camtune: RECIPE: expected a recipe file/);
    const run = await mkdtemp(join(tmpdir(), 'camtune-run-'));
    try {
      await mkdir(run, { recursive: true });
      await writeFile(join(run, 'recipe.yaml'), '');
      const { status, stderr } = await camtune('train', 'recipes/plain.yaml', '--run', run);
      expect(status).to.equal(2);
      expect(stderr).to.match(
        /^camtune: --run: expected a folder without a run, found .*; add --resume to go on with it\n$/,
      );
    } finally {
      await rm(run, { recursive: true, force: true });
    }
  });

  it('prints the schema of recipes as one JSON document', async () => {
    const { status, stdout, stderr } = await camtune('train', '--schema');
    expect([status, stderr]).to.deep.equal([0, '']);
    expect(JSON.parse(stdout)).to.have.nested.property('properties.stage.properties.groups.default', 16);
  });
});
