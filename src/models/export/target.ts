import { readFile } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { Failure, invalid } from '../../errors.js';
import { systemReason } from '../../files/folders.js';
import { isCard } from './card.js';
import type { ExportFormat } from './format.js';

/** Where an export goes. */
export interface Target {
  /** Of a file of an export, by its path within the export. */
  path(name: string): string;
  /** Of the card. */
  card: string;
  /** What the export is called in its card. */
  name: string;
}

/**
 * Where an export goes: into a folder, or for onnx and safetensors into a file that is named so, its card beside it.
 *
 * @throws InvalidInput where that would replace what is exported, or a README that is no card
 */
export async function targetOf(from: string, to: string, format: ExportFormat): Promise<Target> {
  if (to === '') throw invalid('--out', 'a path', to);
  if (resolve(to) === resolve(from)) throw invalid('--out', 'another place than the network has', to);
  const extension = `.${format}`;
  const isFile = extname(to) === extension && (format === 'onnx' || format === 'safetensors');
  const card = isFile ? `${to.slice(0, -extension.length)}.md` : join(to, 'README.md');
  const there = await readFile(card, 'utf8').catch(() => undefined);
  if (there !== undefined && !isCard(there)) {
    throw invalid('--out', 'a place whose description may be replaced', card, 'choose another folder');
  }
  // Of a file that is named, only the data beside it has another name.
  const named = (name: string) => (name.endsWith('_data') ? `${to}_data` : to);
  return { path: (name) => (isFile ? named(name) : join(to, name)), card, name: basename(resolve(to)) };
}

/** The error of a place that cannot be written to, in a sentence. */
export function unwritable(to: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof Error) || !('syscall' in error)) throw error;
    throw new Failure(`${to}: cannot be written, ${systemReason(error as NodeJS.ErrnoException)}`, {
      cause: error,
    });
  };
}
