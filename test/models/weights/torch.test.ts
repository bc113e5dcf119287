import { expect } from 'chai';
import { unzipSync, zipSync, type Unzipped } from 'fflate';
import { readFile } from 'node:fs/promises';
import { readTorch } from '../../../src/models/weights/index.js';
import { unpickle } from '../../../src/models/weights/pickle.js';
import { failure } from '../support.js';

const fixture = new URL('./fixtures/state_dict.pth', import.meta.url);

async function changed(change: (entries: Unzipped) => void): Promise<Uint8Array> {
  const entries = unzipSync(await readFile(fixture));
  change(entries);
  return zipSync(entries);
}

describe('torch', () => {
  it('reads tensors of every type and stride from inside a training checkpoint', async () => {
    const { tensors } = readTorch(await readFile(fixture), 'x');
    expect([...tensors].map(([name, { shape, read }]) => [name, shape, [...read()]])).to.deep.equal([
      ['view', [2, 3], [1, 2, 3, 4, 5, 6]],
      ['turned', [3, 2], [1, 4, 2, 5, 3, 6]],
      ['parameter', [2], [1.5, 2 ** -24]],
      ['brain', [1, 1], [-3]],
    ]);
  });

  it('refuses a zip file of another kind, and a broken one', async () => {
    expect(await failure(() => readTorch(zipSync({ 'a.txt': new Uint8Array(1) }), 'x.pth'))).to.contain(
      'without data.pkl',
    );
    const bytes = await readFile(fixture);
    expect(await failure(() => readTorch(bytes.subarray(0, 200), 'x.pth'))).to.contain(
      'x.pth: a broken zip file',
    );
  });

  it('refuses a storage that is missing or cut off', async () => {
    const missing = await changed((entries) => delete entries['state_dict/data/1']);
    expect(await failure(() => readTorch(missing, 'x.pth'))).to.equal("x.pth: the storage '1' is missing");
    const cut = await changed(
      (entries) => (entries['state_dict/data/0'] = entries['state_dict/data/0']!.subarray(0, 12)),
    );
    expect(await failure(() => readTorch(cut, 'x.pth'))).to.contain("'module.view' lies outside its storage");
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
});
