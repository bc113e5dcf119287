import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import type { Prediction } from '../../src/models/predict/predictions.js';
import { camtune } from './camtune.js';

interface Reference {
  images: { file: string; top1: string; logits: number[] }[];
}

const shared = '../shared';
const weights = `${shared}/weights/resnet50-imagenette.safetensors`;

describe('camtune predict', () => {
  it('gives the logits that PyTorch gives, and names a file that is no image beside them', async function () {
    if (!existsSync(weights)) {
      console.warn(`      skipped: ${weights} is not there`);
      return this.skip();
    }
    const reference = JSON.parse(await readFile(`${shared}/weights/logits.json`, 'utf8')) as Reference;
    // Two: test/models/imagenette.parity.test.ts has all.
    const images = reference.images.slice(0, 2).map(({ file }) => `../${file}`);
    const files = [images[0]!, 'package.json', ...images.slice(1)];
    const ended = await camtune('predict', '--weights', weights, '--image', ...files, '--top', '3', '--json');
    if (/camtune (-- )?setup/.test(ended.stderr)) {
      console.warn('      skipped: the native runtime is not installed (camtune setup)');
      return this.skip();
    }
    const predictions = JSON.parse(ended.stdout) as Prediction[];
    expect(ended.status).to.equal(1);
    expect(predictions.map(({ image }) => image)).to.deep.equal(files);
    expect(predictions[1]).to.deep.equal({ image: 'package.json', error: 'is not an image' });
    const answers = predictions.filter((prediction) => 'logits' in prediction);
    expect(answers).to.have.length(images.length);
    answers.forEach(({ logits, top }, index) => {
      const { top1, logits: wanted } = reference.images[index]!;
      expect(top).to.have.length(3);
      expect(top[0]!.class).to.equal(top1);
      logits.forEach((logit, name) => expect(logit).to.be.closeTo(wanted[name]!, 2e-2));
    });
  });
});
