import { expect } from 'chai';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure, InvalidInput } from '../../src/errors.js';
import { loadModel } from '../../src/models/index.js';
import { inFolder } from './support.js';

describe('weights that cannot be read', () => {
  const errorOf = (path: string) => loadModel(path).then(() => undefined, (error: unknown) => error as Error); // prettier-ignore

  it('are named where there is no permission', async function () {
    if (process.geteuid?.() !== 0) this.skip(); // only root can put its rights aside and take them back
    await inFolder(async (folder) => {
      const path = join(folder, 'net.onnx');
      await writeFile(path, 'x');
      await chmod(folder, 0o755);
      await chmod(path, 0o000);
      process.seteuid!(65534);
      const error = await errorOf(path).finally(() => process.seteuid!(0));
      expect(error).to.be.instanceOf(Failure);
      expect(error!.message).to.equal(`${path}: cannot be read: permission denied (EACCES)`);
    });
  });

  it('are told from others where they are empty, or of no kind that is known', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'net.pth');
      const kinds = 'a model.json, .onnx, .safetensors, state_dict of torch.save, Keras .h5 or .keras';
      for (const [content, found] of [
        ['', 'an empty file'],
        ['text', 'a file of another kind'],
      ] as const) {
        await writeFile(path, content);
        const error = await errorOf(path);
        expect(error).to.be.instanceOf(InvalidInput);
        expect(error!.message).to.equal(`${path}: expected ${kinds}, found ${found}`);
      }
    }));
});
