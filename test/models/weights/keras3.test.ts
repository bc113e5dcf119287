import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { unzipSync, zipSync, type Zippable } from 'fflate';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadModel } from '../../../src/models/index.js';
import { failure, inFolder, largestDifference, values, wave } from '../support.js';
import { cpuBackend } from '../../backend.js';

const fixture = fileURLToPath(new URL('./fixtures/network.keras', import.meta.url));
const expected = JSON.parse(readFileSync(`${fixture}.json`, 'utf8')) as number[][];
const whole = unzipSync(readFileSync(fixture));
const text = (config: unknown) => new TextEncoder().encode(JSON.stringify(config));
type Config = { config: { layers: { class_name: string; config: Record<string, unknown> }[] } };
const config = () => JSON.parse(new TextDecoder().decode(whole['config.json'])) as Config;

/** The message of what loading a .keras file of these entries throws. */
function refused(entries: Zippable | Uint8Array): Promise<string> {
  return inFolder2(async (folder) => {
    const path = join(folder, 'x.keras');
    writeFileSync(path, entries instanceof Uint8Array ? entries : zipSync(entries));
    return (await failure(() => loadModel(path))).replace(`${path}: `, '');
  });
}

async function inFolder2(run: (folder: string) => Promise<string>): Promise<string> {
  let result = '';
  await inFolder(async (folder) => {
    result = await run(folder);
  });
  return result;
}

describe('a .keras file', () => {
  before(cpuBackend);
  afterEach(() => tf.disposeVariables());

  it('becomes the network that Keras 3 saved', async () => {
    const { model } = await loadModel(fixture);
    const found = values(model.predict(wave([2, 8, 8, 3])) as tf.Tensor);
    expect(largestDifference(found, expected.flat())).to.be.below(1e-5);
    expect(model.layers.map(({ name }) => name)).to.include.members([
      'first',
      'norm',
      'inner',
      'pool',
      'out',
    ]);
  });

  it('is known by what is in it, whatever it is called', () =>
    inFolder(async (folder) => {
      writeFileSync(join(folder, 'model.zip'), readFileSync(fixture));
      const { model } = await loadModel(join(folder, 'model.zip'));
      expect(model.outputs[0]!.shape).to.deep.equal([null, 3]);
    }));

  it('lists all layers that are not read, and what they are set to', async () => {
    const changed = config();
    changed.config.layers[1]!.config['groups'] = 2;
    changed.config.layers[3]!.class_name = 'Lambda';
    changed.config.layers.at(-1)!.config['activation'] = 'hard_sigmoid';
    const message = await refused({ ...whole, 'config.json': text(changed) });
    expect(message).to.contain("Conv2D with groups 2 ('first'); Lambda ('relu'); Dense with the activation");
    expect(message).to.contain('export the model as ONNX');
  });

  it('names what is missing', async () => {
    expect(await refused({ 'config.json': whole['config.json']! })).to.equal(
      'a .keras file without model.weights.h5',
    );
    expect(await refused({ ...whole, 'config.json': new Uint8Array(3) })).to.contain('is not JSON');
    expect(await refused({ ...whole, 'model.weights.h5': new Uint8Array(100) })).to.contain(
      'broken or cut off',
    );
    const more = config();
    more.config.layers.push({ class_name: 'Dense', config: { name: 'more' } });
    expect(await refused({ ...whole, 'config.json': text(more) })).to.contain(
      "its weights lack 'layers/dense_1/vars/0', which is to be 'more/kernel'",
    );
  });

  it('refuses a bomb before it is unpacked, and entries of the same name', async () => {
    const bomb = zipSync({ ...whole, 'model.weights.h5': new Uint8Array(20 * 2 ** 20) }, { level: 9 });
    expect(bomb.length).to.be.below(500_000);
    expect(await refused(bomb)).to.equal('a broken zip file (it unpacks to far more than its size)');
    const twice = Buffer.from(zipSync({ ...whole, 'confi2.json': whole['config.json']! }));
    for (let at = twice.indexOf('confi2.json'); at >= 0; at = twice.indexOf('confi2.json'))
      twice.write('config.json', at);
    expect(await refused(twice)).to.equal("a broken zip file (two entries are called 'config.json')");
  });

  it('writes nothing where an entry’s name points, and leaves no file behind', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'x.keras');
      // Not the folder of all: other processes write there, too.
      const usual = process.env['TMPDIR'];
      process.env['TMPDIR'] = mkdtempSync(join(folder, 'temporary-'));
      try {
        for (const name of ['../outside', 'assets/../../up', '/outside']) {
          writeFileSync(path, zipSync({ ...whole, [name]: new Uint8Array(9) }));
          expect(await failure(() => loadModel(path))).to.match(
            /broken zip file \((invalid relative|absolute) path: /,
          );
        }
        writeFileSync(path, zipSync({ ...whole, 'assets/inside': new Uint8Array(9) }));
        await loadModel(path);
        expect(readdirSync(tmpdir())).to.deep.equal([]);
        expect(readdirSync(folder)).to.deep.equal([basename(tmpdir()), 'x.keras']);
      } finally {
        if (usual === undefined) delete process.env['TMPDIR'];
        else process.env['TMPDIR'] = usual;
      }
    }));
});
