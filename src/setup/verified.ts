import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeFileAtomic } from '../files.js';
import { type Flavour, type TfjsNode, wheelFolder } from '../tensorflow/native/index.js';
import type { Probed } from './check-runtime.js';

/** What an addon is linked to: our wheel of a flavour, or a TensorFlow of its own. */
export type Origin = Flavour | 'own';

/** An addon that has computed on this machine. */
export interface Verified {
  tensorflow: string;
  graphs: boolean;
  /** TensorFlow libraries that it loads; absolute paths. */
  libraries: string[];
  origin: Origin;
}

interface Note extends Omit<Verified, 'origin'> {
  addon: { size: number; mtimeMs: number };
}

/** What the addon was seen to do, where neither it nor its libraries have changed since; loads nothing. */
export function verified(tfjs: TfjsNode): Verified | undefined {
  try {
    const { addon, ...note } = JSON.parse(readFileSync(notePath(tfjs), 'utf8')) as Note;
    const { size, mtimeMs } = statSync(tfjs.addon);
    if (addon.size !== size || addon.mtimeMs !== mtimeMs) return undefined;
    if (!note.libraries.every((library) => existsSync(library))) return undefined;
    return { ...note, origin: originOf(note.libraries) };
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
  return { tensorflow, graphs, libraries, origin: originOf(libraries) };
}

/** Whose TensorFlow the loaded libraries are. */
export function originOf(libraries: readonly string[]): Origin {
  const flavours = ['cpu', 'gpu'] as const;
  const ours = flavours.find((flavour) =>
    libraries.some((path) => path.startsWith(`${wheelFolder(flavour)}/`)),
  );
  return ours ?? 'own';
}

/** Whether an addon of an origin does for the flavour that is wanted: one that somebody else has built is kept. */
export function fits(origin: Origin, flavour: Flavour): boolean {
  return origin === 'own' || origin === flavour;
}

function notePath({ addon }: TfjsNode): string {
  return join(dirname(addon), 'camtune.json');
}
