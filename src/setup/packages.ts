import { readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { TfjsNode } from '../tensorflow/native/index.js';

/** A package as one importer sees it. */
export interface InstalledPackage {
  folder: string;
  version: string;
}

/**
 * The package that a file would import, or undefined where it would find none.
 *
 * @param from absolute path or URL of the importing file
 */
export function packageSeenFrom(from: string, name: string): InstalledPackage | undefined {
  try {
    const manifest = createRequire(from).resolve(`${name}/package.json`);
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
    return { folder: realpathSync(dirname(manifest)), version };
  } catch {
    return undefined;
  }
}

/** The tfjs-core that tfjs-node registers its backend with; it comes to it by way of the union package. */
export function coreOfTfjsNode(tfjs: TfjsNode): InstalledPackage | undefined {
  const union = packageSeenFrom(join(tfjs.folder, 'package.json'), '@tensorflow/tfjs');
  return union && packageSeenFrom(join(union.folder, 'package.json'), '@tensorflow/tfjs-core');
}
