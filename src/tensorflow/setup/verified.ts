import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeFileAtomic } from '../../files.js';
import { type Flavour, type TfjsNode, wheelFolder } from '../native/places.js';
import type { Probed } from './check-runtime.js';

/** What an addon is linked to: our wheel of a flavour, or a TensorFlow of its own. */
export type Origin = Flavour | 'own';

/** An addon that has computed on this machine. */
export interface Verified {
  tensorflow: string;
  origin: Origin;
  graphs: boolean;
  /** TensorFlow libraries that it loads; absolute paths. */
  libraries: string[];
}

interface Note extends Verified {
  addon: { size: number; mtimeMs: number };
}

/** What the addon was seen to do, where neither it nor its libraries have changed since; loads nothing. */
export function verified(tfjs: TfjsNode): Verified | undefined {
  try {
    const { addon, ...note } = JSON.parse(readFileSync(notePath(tfjs), 'utf8')) as Note;
    const { size, mtimeMs } = statSync(tfjs.addon);
    if (addon.size !== size || addon.mtimeMs !== mtimeMs) return undefined;
    return note.libraries.every((library) => existsSync(library)) ? note : undefined;
  } catch {
    return undefined; // No addon, no note, or half of one: then the addon is tried again.
  }
}

/** Notes beside the addon what it was seen to do. */
export async function noteVerified(
  tfjs: TfjsNode,
  { tensorflow, graphs, libraries }: Probed,
): Promise<Verified> {
  const seen: Verified = { tensorflow, origin: originOf(libraries), graphs, libraries };
  const { size, mtimeMs } = statSync(tfjs.addon);
  const note: Note = { ...seen, addon: { size, mtimeMs } };
  // Without the note everything works; a folder that cannot be written only makes setup slower.
  await writeFileAtomic(notePath(tfjs), JSON.stringify(note)).catch(() => undefined);
  return seen;
}

/** Whose TensorFlow the loaded libraries are. */
export function originOf(libraries: readonly string[]): Origin {
  const flavours = ['cpu', 'gpu'] as const;
  const ours = flavours.find((flavour) =>
    libraries.some((path) => path.startsWith(`${wheelFolder(flavour)}/`)),
  );
  return ours ?? 'own';
}

function notePath({ addon }: TfjsNode): string {
  return join(dirname(addon), 'camtune.json');
}
