import { expect } from 'chai';
import { unzipSync, zipSync, type Unzipped } from 'fflate';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readTorch } from '../../../src/models/weights/index.js';
import { unpickle } from '../../../src/models/weights/pickle.js';
import { failure } from '../support.js';

const fixture = fileURLToPath(new URL('./fixtures/state_dict.pth', import.meta.url));

async function changed(change: (entries: Unzipped) => void): Promise<Uint8Array> {
  const entries = unzipSync(await readFile(fixture));
  change(entries);
  return zipSync(entries);
}

describe('torch', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'camtune-torch-'))));
  after(() => rmSync(folder, { recursive: true }));

  const written = (bytes: Uint8Array): string => {
    const path = join(folder, 'x.pth');
    writeFileSync(path, bytes);
    return path;
  };
  /** What is said of such a file, without the name of its folder. */
  const refusal = async (bytes: Uint8Array): Promise<string> =>
    (await failure(() => readTorch(written(bytes)))).replace(`${folder}/`, '');

  it('reads tensors of every type and stride from inside a training checkpoint', async () => {
    const { tensors } = await readTorch(fixture);
    expect([...tensors].map(([name, { shape, read }]) => [name, shape, [...read()]])).to.deep.equal([
      ['view', [2, 3], [1, 2, 3, 4, 5, 6]],
      ['turned', [3, 2], [1, 4, 2, 5, 3, 6]],
      ['parameter', [2], [1.5, 2 ** -24]],
      ['brain', [1, 1], [-3]],
    ]);
  });

  it('refuses a zip file of another kind, and a broken one', async () => {
    expect(await refusal(zipSync({ 'a.txt': new Uint8Array(1) }))).to.contain('without data.pkl');
    const bytes = await readFile(fixture);
    expect(await refusal(bytes.subarray(0, 200))).to.contain('x.pth: a broken zip file');
  });

  it('refuses a storage that is missing or cut off', async () => {
    const missing = await changed((entries) => delete entries['state_dict/data/1']);
    expect(await refusal(missing)).to.equal("x.pth: the storage '1' is missing");
    const cut = await changed(
      (entries) => (entries['state_dict/data/0'] = entries['state_dict/data/0']!.subarray(0, 12)),
    );
    expect(await refusal(cut)).to.contain("'module.view' lies outside its storage");
  });

  it('runs nothing: a call in a pickle stays a record of itself', () => {
    const bytes = Buffer.concat([
      Buffer.from('\x80\x02cos\nsystem\nX\x04\x00\x00\x00', 'latin1'),
      Buffer.from('true\x85R.', 'latin1'),
    ]);
    expect(unpickle(bytes.subarray(0), () => null)).to.deep.include({ by: 'os.system', from: ['true'] });
  });

  it('refuses a pickle that ends early or asks for something else', async () => {
    const read = (...bytes: number[]) => failure(() => unpickle(Uint8Array.from(bytes), () => null));
    expect(await read(0x80, 2, 0x58, 255, 0, 0, 0)).to.equal('the pickle ends early');
    expect(await read(0x80, 2, 0x69)).to.contain('the operation 0x69');
    expect(await read(0x80, 2, 0x52)).to.equal('the pickle takes from an empty stack');
  });

  it('refuses a zip file that unpacks to far more than its size, whatever it says', async () => {
    const zeros = zipSync({ 'x/data.pkl': new Uint8Array(20 * 2 ** 20) }, { level: 1 });
    expect(await refusal(zeros)).to.equal('x.pth: a broken zip file (it unpacks to far more than its size)');
    // The same with another size in its directory.
    const liar = Buffer.from(zeros);
    const directory = liar.indexOf('PK\x01\x02', 0, 'latin1');
    liar.writeUInt32LE(1000, directory + 24);
    expect(await refusal(liar)).to.equal(
      "x.pth: a broken zip file ('x/data.pkl' does not unpack to what it says)",
    );
  });

  it('refuses entries that overlap, and more of them than any file has', async () => {
    const two = Buffer.from(zipSync({ a: random(5000), b: random(5000) }, { level: 0 }));
    const second = two.lastIndexOf('PK\x01\x02', two.length, 'latin1');
    two.writeUInt32LE(9000, second + 20);
    two.writeUInt32LE(9000, second + 24);
    expect(await refusal(two)).to.contain('its entries overlap or lie outside it');
    two.writeUInt32LE(4000, second + 20);
    expect(await refusal(two)).to.contain("'b' has another size than it says");
    // Of the right sum, but behind the end.
    const far = Buffer.from(zipSync({ 'x/data.pkl': random(500) }, { level: 0 }));
    const directory = far.lastIndexOf('PK\x01\x02', far.length, 'latin1');
    far.writeUInt16LE(200, 28);
    expect(await refusal(far)).to.contain('file data overflows file bounds');
    far.writeUInt16LE(0, 28);
    far.writeUInt16LE(12, directory + 10);
    expect(await refusal(far)).to.contain("'x/data.pkl' is packed in a way that is not read");
  });

  const pickle = (text: string) => Buffer.from(`\x80\x02${text}`, 'latin1');
  const unpickled = (text: string) => failure(() => unpickle(pickle(text), () => null));

  it('takes marks within marks, and names that double, in a time that goes with the size', async () => {
    const marks = 400_000;
    expect(await unpickled(`${'('.repeat(marks)}${'t'.repeat(marks)}.`)).to.equal('nothing was thrown');
    // A list of itself twice, forty times over, as the key of a dictionary.
    const doubling = `]q\0${'(h\0h\0lq\0'.replace('l', 't').repeat(40)}0}h\0Ns.`;
    expect(await unpickled(doubling)).to.equal('nothing was thrown');
    const zip = zipSync({ 'x/data.pkl': pickle(doubling) });
    expect((await readTorch(written(zip))).tensors.size).to.equal(0);
    expect(await unpickled(`c\n\n${'N'.repeat(2_000_000)}.`)).to.contain('more than 2000000 operations');
  });

  it('takes long lists', () => {
    const items = 300_000;
    expect(unpickle(pickle(`](${'N'.repeat(items)}e.`), () => null)).to.have.length(items);
  });

  it('says what is wrong with a pickle that refers to nothing or makes nonsense', async () => {
    expect(await unpickled('h\x05.')).to.equal('the pickle refers to what it has not made');
    expect(await unpickled('ccollections\nOrderedDict\nNK\x05\x85R.')).to.equal('nothing was thrown');
    expect(await unpickled('ccollections\nOrderedDict\nK\x05\x85R.')).to.contain('something else than pairs');
    expect(await unpickled('K\x01K\x02\x93.')).to.equal('the pickle calls something that is not a name');
    expect(await unpickled('(.')).to.equal('the pickle takes from an empty stack');
  });

  const tensor = (rest: string) => {
    const state = `}X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\n(${rest}tRs.`;
    return refusal(zipSync({ 'x/data.pkl': pickle(state), 'x/data/0': random(16) }));
  };
  const storage = '(X\x01\0\0\0sctorch\nFloatStorage\nX\x01\0\0\x000tQ';

  it('refuses tensors that are malformed or larger than their storage', async () => {
    expect(await tensor(`${storage}K\0K\x04\x85K\x01\x85`)).to.equal('nothing was thrown');
    for (const rest of [
      '',
      'N',
      `${storage}K\0N`,
      `${storage}NK\x04\x85K\x01\x85`,
      `${storage}K\0K\x04\x85)`,
    ]) {
      expect(await tensor(rest), rest).to.equal("x.pth: 'w' is malformed");
    }
    expect(await tensor(`${storage}K\0J\xff\xff\xff\xff\x85K\x01\x85`)).to.equal("x.pth: 'w' is malformed");
    expect(await tensor(`${storage}K\x01K\x04\x85K\x01\x85`)).to.contain('lies outside its storage');
    expect(await tensor(`${storage}K\0J\0\0\0\x7f\x85K\0\x85`)).to.contain(
      'has more values than its storage',
    );
    expect(await tensor('(K\x01K\x02tQ')).to.equal('x.pth: a storage in it has no key');
  });
});

function random(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 7919) >> 3);
}
