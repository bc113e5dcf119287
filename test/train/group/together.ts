import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';
import { compiled } from '../../compiled.js';
import { loadModel, saveModel, torchvisionPreprocessing } from '../../../src/models/index.js';
import type { Scene } from '../support/scene.js';
import { writeShapes } from '../support/shapes.js';
import type { Work } from './program.js';

/** Does work with several processes; answers how that ended and what they said. */
export async function together(
  size: number,
  work: Work,
  file: string,
): Promise<{ status: number | null; said: string }> {
  await writeFile(file, JSON.stringify(work));
  const args = [compiled('test/train/group/program.ts'), 'parent', String(size), file];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, said }));
  });
}

/** Has several processes do jobs in a scene, which must go well; answers what they said. */
export async function jobsTogether(scene: Scene, size: number, jobs: Work['jobs']): Promise<string> {
  const { status, said } = await together(size, { jobs }, scene.at('work.json'));
  expect(status, said).to.equal(0);
  return said;
}

/** 21 training and 10 validation images of three colors, and a network of two convolutions: as little as can be trained. */
export async function smallScene(): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'camtune-group-'));
  const at = (...names: string[]): string => join(folder, ...names);
  await writeShapes(at('train'), { blue: 7, green: 7, red: 7 }, 1);
  await writeShapes(at('val'), { blue: 4, green: 3, red: 3 }, 2);
  const convolution = (name: string, seed: number) =>
    layers.conv2d({ name, filters: 8, kernelSize: 3, strides: 2, padding: 'same', useBias: false, kernelInitializer: initializers.heNormal({ seed }) }); // prettier-ignore
  const model = sequential({
    layers: [
      layers.inputLayer({ inputShape: [32, 32, 3] }),
      convolution('conv1', 1),
      layers.batchNormalization({ name: 'norm1' }),
      layers.reLU(),
      convolution('conv2', 2),
      layers.batchNormalization({ name: 'norm2' }),
      layers.reLU(),
      layers.globalAveragePooling2d({ name: 'mean' }),
      layers.dense({ name: 'head', units: 3, kernelInitializer: initializers.heNormal({ seed: 3 }) }),
    ],
  });
  await saveModel(model, at('tiny'), {
    preprocessing: { ...torchvisionPreprocessing, crop: 32, resize: 36 },
  });
  model.dispose();
  return { folder, at, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** All weights of the network that a run has ended with, running statistics included; or of another one in the folder. */
export async function weightsIn(runFolder: string, name = 'model'): Promise<number[]> {
  const { model } = await loadModel(join(runFolder, name));
  const weights = model.weights.flatMap((weight) => Array.from(weight.read().dataSync()));
  model.dispose();
  return weights;
}

/** The largest difference of two lists. */
export function apart(one: readonly number[], other: readonly number[]): number {
  expect(one.length).to.equal(other.length);
  return one.reduce((most, value, at) => Math.max(most, Math.abs(value - other[at]!)), 0);
}
