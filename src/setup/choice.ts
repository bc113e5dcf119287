import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../files/write-atomic.js';
import { camtuneHome } from '../tensorflow/native/index.js';

/** Whether the user has asked for CUDA (true) or against it (false) in an earlier setup; undefined where neither. */
export function rememberedChoice(): boolean | undefined {
  try {
    return (JSON.parse(readFileSync(choicePath(), 'utf8')) as { gpu?: boolean }).gpu;
  } catch {
    return undefined;
  }
}

/** Keeps the choice, so that a later setup without a flag stays with it. */
export async function rememberChoice(gpu: boolean): Promise<void> {
  if (gpu !== rememberedChoice()) await writeFileAtomic(choicePath(), JSON.stringify({ gpu }));
}

function choicePath(): string {
  return join(camtuneHome(), 'choice.json');
}
