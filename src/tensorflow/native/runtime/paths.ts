import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir, userInfo } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure } from '../../../errors.js';

const require = createRequire(import.meta.url);

/** The TensorFlow release that the addon is linked to. */
export const TENSORFLOW_VERSION = '2.21.0';

/** The wheel of the release for a device: the one with CUDA is twice as large and wants NVIDIA's wheels beside it. */
export type Variant = 'cpu' | 'gpu';

/**
 * Native libraries are kept here for all projects of a user: `$CAMTUNE_HOME`, or `camtune` in the user's cache folder.
 * Absolute.
 *
 * @throws Failure when the user has no home and the environment names no folder
 */
export function camtuneHome(): string {
  const { CAMTUNE_HOME, XDG_CACHE_HOME } = process.env;
  if (CAMTUNE_HOME) return resolve(CAMTUNE_HOME);
  // XDG: a path that is not absolute is to be ignored.
  const caches = XDG_CACHE_HOME && isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(userHome(), '.cache');
  return join(caches, 'camtune');
}

/** The user's home; where HOME is empty or no absolute path, the one that the system knows. */
function userHome(): string {
  try {
    const home = homedir();
    return isAbsolute(home) ? home : userInfo().homedir;
  } catch (error) {
    throw new Failure(
      `native libraries: the user has no home folder (${(error as Error).message}); ` +
        'set CAMTUNE_HOME to a folder for them',
    );
  }
}

/** The unpacked wheel of a variant. */
export function wheelFolder(variant: Variant): string {
  return join(camtuneHome(), `tensorflow-${variant}-${TENSORFLOW_VERSION}`);
}

/** The sources of the engine that are compiled: files with that ending in the folders of the engine, in order. */
export function engineSources(ending: '.cc' | '.h' = '.cc'): string[] {
  const folder = fileURLToPath(new URL('..', import.meta.url));
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => join(folder, name));
}

/** The compiled engine; its name holds a hash of the sources, so that a new source is compiled anew. */
export function enginePath(): string {
  const sum = createHash('sha256');
  for (const file of [...engineSources(), ...engineSources('.h')]) sum.update(readFileSync(file));
  const hash = sum.digest('hex').slice(0, 12);
  return join(camtuneHome(), `engine-${process.platform}-${process.arch}-${hash}.node`);
}

/** An installed tfjs-node package. */
export interface TfjsNode {
  name: '@tensorflow/tfjs-node-gpu' | '@tensorflow/tfjs-node';
  folder: string;
  version: string;
  /** Where its index looks for the addon. */
  addon: string;
}

/**
 * The tfjs-node that this project can import: one whose addon is built, else the GPU package (which runs without a GPU
 * too), else the CPU one.
 */
export function findTfjsNode(): TfjsNode | undefined {
  const found = (['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const).flatMap((name) => {
    let manifest: string;
    try {
      manifest = require.resolve(`${name}/package.json`);
    } catch {
      return [];
    }
    const folder = dirname(manifest);
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
    return [{ name, folder, version, addon: join(folder, 'lib', 'napi-v8', 'tfjs_binding.node') }];
  });
  return found.find(hasAddon) ?? found[0];
}

/** Whether the addon of a tfjs-node has been built. */
export function hasAddon(tfjs: TfjsNode): boolean {
  return existsSync(tfjs.addon);
}
