import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compiled } from '../../compiled.js';
import { loadModel } from '../../../src/models/index.js';
import type { Scene } from '../support/scene.js';
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
