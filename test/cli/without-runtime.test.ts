import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { compiled } from '../compiled.js';
import { saveModel, torchvisionPreprocessing } from '../../src/models/index.js';
import type { Prediction } from '../../src/models/predict/predictions.js';
import { inFolder, plain } from '../data/folder.js';
import { tinyResNet } from '../train/support/scene.js';
import { cpuBackend } from '../backend.js';

describe('without the native runtime', () => {
  before(cpuBackend);
  const camtune = (...args: string[]) =>
    promisify(execFile)(process.execPath, [compiled('src/cli/main.ts'), ...args], {
      env: { ...process.env, CAMTUNE_BACKEND: 'cpu' },
    });

  it('predict and explain go on in plain JavaScript, and say in one line that it is slow', async () => {
    await inFolder({ 'a.png': await plain(32, 32, [200, 30, 30]).png().toBuffer() }, async (dir) => {
      const model = tinyResNet(3);
      await saveModel(model, join(dir, 'net'), {
        preprocessing: { ...torchvisionPreprocessing, crop: 32, resize: 32 },
        classNames: ['red', 'green', 'blue'],
      });
      model.dispose();
      const given = ['--weights', join(dir, 'net'), '--image', join(dir, 'a.png')];
      const predicted = await camtune('predict', ...given, '--json');
      const [answer] = JSON.parse(predicted.stdout) as Prediction[];
      expect(answer).to.have.property('logits').with.length(3);
      const warnings = predicted.stderr.split('\n').filter((line) => /plain JavaScript|Node\.js/.test(line));
      expect(warnings).to.have.length(1);
      expect(warnings[0]).to.match(/^warning: computing in plain JavaScript, .* slower/);
      const out = join(dir, 'maps');
      await camtune('explain', ...given, '--method', 'group-cam,grad-cam', '--set', 'groups=4', '--out', out);
      expect(await readdir(out)).to.include.members(['a.group-cam.png', 'a.grad-cam.png', 'index.html']);
    });
  });
});
