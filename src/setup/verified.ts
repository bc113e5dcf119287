import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { writeFileAtomic } from '../files/write-atomic.js';
import { camtuneHome, type Variant, type TfjsNode, wheelFolder } from '../tensorflow/native/index.js';
import { REVISION_FUNCTION } from './addon-sources.js';
import type { Probed } from './check-runtime.js';

/** What an addon is linked to: our wheel of a variant, or a TensorFlow of its own. */
export type Origin = Variant | 'own';

/** An addon that has computed on this machine. */
export interface Verified {
  tensorflow: string;
  graphs: boolean;
  /** TensorFlow libraries that it loads; absolute paths. */
  libraries: string[];
  origin: Origin;
  /** Whether several threads of a process may use it. */
  workers: boolean;
}

interface Note extends Omit<Verified, 'origin' | 'workers'> {
  addon: { size: number; mtimeMs: number };
}

/** What the addon was seen to do, where neither it nor its libraries have changed since; loads nothing. */
export function verified(tfjs: TfjsNode): Verified | undefined {
  try {
    const { addon, ...note } = JSON.parse(readFileSync(notePath(tfjs), 'utf8')) as Note;
    const { size, mtimeMs } = statSync(tfjs.addon);
    if (addon.size !== size || addon.mtimeMs !== mtimeMs) return undefined;
    if (!note.libraries.every((library) => existsSync(library))) return undefined;
    return { ...note, origin: originOf(note.libraries), workers: runsInWorkers(tfjs) };
  } catch {
    return undefined; // No addon, no note, or half of one: then the addon is tried again.
  }
}

/** Notes beside the addon what it was seen to do. */
export async function noteVerified(
  tfjs: TfjsNode,
  { tensorflow, graphs, libraries }: Probed,
): Promise<Verified> {
  const { size, mtimeMs } = statSync(tfjs.addon);
  const note: Note = { tensorflow, graphs, libraries, addon: { size, mtimeMs } };
  // Without the note everything works; a folder that cannot be written only makes setup slower.
  await writeFileAtomic(notePath(tfjs), JSON.stringify(note)).catch(() => undefined);
  return { tensorflow, graphs, libraries, origin: originOf(libraries), workers: runsInWorkers(tfjs) };
}

/**
 * Whose TensorFlow the loaded libraries are: a wheel's in a cache of camtune's, whichever that is, or another one. The
 * cache of the addon can be another than that of this process (CAMTUNE_HOME, HOME), or have another name: the kernel
 * lists paths without symbolic links.
 *
 * @param libraries absolute paths
 */
export function originOf(libraries: readonly string[]): Origin {
  const variants = ['cpu', 'gpu'] as const;
  const ours = variants.find((variant) => {
    const folder = `/${basename(wheelFolder(variant))}/tensorflow/`;
    return libraries.some((path) => path.includes(folder));
  });
  return ours ?? 'own';
}

/** Whether the libraries lie in the cache of this process. */
export function isOfThisCache(libraries: readonly string[]): boolean {
  const cache = existsSync(camtuneHome()) ? realpathSync(camtuneHome()) : camtuneHome();
  return libraries.every((path) => path.startsWith(`${cache}/`));
}

/** Whether an addon was compiled with the changes that let several threads of a process use it; loads nothing. */
export function runsInWorkers({ addon }: TfjsNode): boolean {
  return existsSync(addon) && readFileSync(addon).includes(REVISION_FUNCTION);
}

/**
 * Whether an addon does for the variant that is wanted: one that somebody else has built is kept, one of an older setup
 * is not.
 */
export function fits({ origin, workers }: Pick<Verified, 'origin' | 'workers'>, variant: Variant): boolean {
  return origin === 'own' || (origin === variant && workers);
}

function notePath({ addon }: TfjsNode): string {
  return join(dirname(addon), 'camtune.json');
}
