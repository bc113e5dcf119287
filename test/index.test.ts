import { expect } from 'chai';
import type * as tf from '@tensorflow/tfjs-core';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuBackend, fastestBackend } from './backend.js';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const photo = join(root, 'data/clothing/train/dress/000.jpg');

/** The program in a page that opens a classifier. */
async function snippet(page: string): Promise<string> {
  const text = await readFile(join(root, page), 'utf8');
  const programs = [...text.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code!);
  return programs.find((code) => code.includes('openClassifier('))!;
}

describe('the map of a photograph', () => {
  before(fastestBackend);
  after(cpuBackend);

  it('is four lines, as the README and docs/explain.md have them', async () => {
    const code = await snippet('README.md');
    const statements = (text: string) =>
      text
        .split('\n')
        .map((line) => line.replace(/ \/\/.*/, ''))
        .filter((line) => line !== '');
    expect(statements(code)).to.have.length.at.most(4);
    expect(statements(await snippet('docs/explain.md'))).to.deep.equal(statements(code));
    const folder = await mkdtemp(join(tmpdir(), 'camtune-snippet-'));
    try {
      const program = join(folder, 'program.mts');
      const here = code
        .replace("'camtune'", JSON.stringify(pathToFileURL(join(root, 'src/index.ts')).href))
        .replace("'checkpoints/", `'${root}checkpoints/`)
        .replace("'photo.jpg'", JSON.stringify(photo));
      await writeFile(program, `${here}\nexport { map };\n`);
      const { map } = (await import(pathToFileURL(program).href)) as { map: tf.Tensor3D };
      expect(map.shape).to.deep.equal([1, 224, 224]);
      const values = map.dataSync();
      expect(values.every((value) => value >= 0 && value <= 1)).to.equal(true);
      map.dispose();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
