import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Failure } from '../../../src/errors.js';
import { freshState, readState } from '../../../src/train/run/run-state.js';
import { failure } from '../recipe/folder.js';

describe('readState', () => {
  let folder: string;
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'camtune-state-'))));
  after(() => rm(folder, { recursive: true, force: true }));

  const fresh = freshState({
    dir: '',
    classNames: ['a', 'b'],
    files: ['a/0.jpg'],
    labels: Int32Array.of(0),
  });
  const read = async (content: unknown) => {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    await writeFile(join(folder, 'state.json'), text);
    return readState(folder);
  };

  it('gives what was written', async () => {
    expect(await read(fresh)).to.deep.equal(JSON.parse(JSON.stringify(fresh)));
    const measured = { valLoss: null, valTop1: 0.5, valTop5: 1 };
    expect(await read({ ...fresh, last: measured, best: { epoch: 1, top1: 0.5 } })).to.deep.include({
      last: measured,
    });
  });

  it('knows what older checkpoints do not say: they validated after every epoch', async () => {
    const older: Partial<typeof fresh> = { ...fresh };
    delete older.validated;
    const watched = { metric: 'valLoss', value: 1, epoch: 3 };
    expect(await read({ ...older, epoch: 5, step: 20, watched })).to.deep.include({
      watched: { ...watched, since: 2 },
      validated: 20,
    });
    expect(await read({ ...older, epoch: 5, batch: 2, step: 22 })).to.include({ validated: null });
    expect(await read({ ...fresh, validated: 12, step: 20 })).to.include({ validated: 12 });
  });

  const wrong: [string, unknown, RegExp][] = [
    ['no JSON', '{', /found no JSON/],
    ['nothing', 'null', /expected the state of a run, found another value$/],
    ['a list', [], /found another value$/],
    ['another version', { ...fresh, version: 2 }, /expected version 1, found 2$/],
    ['a half', { version: 1 }, /at epoch$/],
    ['a negative epoch', { ...fresh, epoch: -1 }, /at epoch$/],
    ['half an epoch', { ...fresh, epoch: 0.5 }, /at epoch$/],
    ['a step that is none', { ...fresh, step: null }, /at step$/],
    ['no sums', { ...fresh, sums: null }, /at sums$/],
    ['other sums', { ...fresh, sinceLine: { loss: 'x' } }, /at sinceLine\.loss$/],
    ['no data', { ...fresh, data: null }, /at data$/],
    ['other classes', { ...fresh, data: { images: 1, classNames: 'ab' } }, /at data\.classNames$/],
    ['skipped files that are none', { ...fresh, skipped: 3 }, /at skipped$/],
    ['a best that is none', { ...fresh, best: 'x' }, /at best$/],
  ];
  for (const [what, content, message] of wrong)
    it(`refuses ${what}`, async () => {
      const error = await failure(read(content));
      expect(error).to.be.instanceOf(Failure);
      expect(error.message).to.match(message);
    });
});
