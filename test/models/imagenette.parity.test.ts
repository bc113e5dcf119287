import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { largestDifference, shared } from './support.js';

const repository = new URL('../..', import.meta.url).pathname;
const original = join(shared, 'weights/resnet50-imagenette.safetensors');
const shipped = join(repository, 'checkpoints/resnet50-imagenette');

const hasWeights = existsSync(original);
const hasRuntime = existsSync(
  join(repository, 'node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8/tfjs_binding.node'),
);
const title = 'resnet50-imagenette (../shared/weights and the native runtime; skipped where one is missing)';

(hasWeights && hasRuntime ? describe : describe.skip)(title, () => {
  const { images } = hasWeights
    ? (JSON.parse(readFileSync(join(shared, 'weights/logits.json'), 'utf8')) as {
        images: { file: string; logits: number[] }[];
      })
    : { images: [] };
  const run = async (weights: string): Promise<number[][]> => {
    const script = join(repository, 'test/models/imagenette.ts');
    const given = ['--import', 'tsx', script, weights, join(shared, '..'), ...images.map(({ file }) => file)];
    const { stdout } = await promisify(execFile)(process.execPath, given, { cwd: repository });
    return JSON.parse(stdout.trim().split('\n').at(-1)!) as number[][];
  };
  const top = (logits: number[]) => logits.indexOf(Math.max(...logits));

  it('gives the logits that PyTorch gives', async () => {
    const found = await run(original);
    expect(found).to.have.length(8);
    expect(
      largestDifference(
        found.flat(),
        images.flatMap(({ logits }) => logits),
      ),
    ).to.be.below(2e-2);
  });

  it('decides the same after quantization', async () => {
    const found = await run(shipped);
    expect(found.map(top)).to.deep.equal(images.map(({ logits }) => top(logits)));
    expect(
      largestDifference(
        found.flat(),
        images.flatMap(({ logits }) => logits),
      ),
    ).to.be.below(0.5);
  });
});
