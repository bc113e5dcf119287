import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { compiled } from '../compiled.js';
import { camtune, camtuneProcess, node } from './camtune.js';

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
      expect(stdout).to.match(new RegExp(`^ {2}camtune ${command} `, 'm'));
    }
    const loaded = `const { program } = await import(${JSON.stringify(compiled('src/cli/program.ts'))}); await program([]).parseAsync(['--help'], {}, () => {});
      const { createRequire } = await import('node:module');
      const heavy = () => Object.keys(createRequire(process.cwd() + '/x.js').cache).filter((path) => /tensorflow|sharp|zod/.test(path));
      const before = heavy();
      await import('sharp');
      console.log(JSON.stringify({ before, after: heavy().length }));`;
    const text = (await node('--input-type=module', '--eval', loaded)).stdout;
    const { before, after } = JSON.parse(text) as { before: string[]; after: number };
    expect(before).to.deep.equal([]);
    // What is loaded would have been seen.
    expect(after).to.be.above(0);
  });

  it('ends with status 2 and one sentence where it is used in a wrong way', async () => {
    const { status, stdout, stderr } = await camtuneProcess('trian');
    expect([status, stdout]).to.deep.equal([2, '']);
    expect(stderr).to.equal('camtune: unknown command "trian"; did you mean train?\n');
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
    expect((await camtune('train', '--resume')).stderr).to.equal(
      'camtune: --run: expected the folder of the run to resume, found nothing\n',
    );
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
