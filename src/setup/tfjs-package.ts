import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure } from '../errors.js';
import { findTfjsNode, type TfjsNode } from '../tensorflow/native/index.js';
import { NPM_REGISTRY, wrongContent } from './checksum.js';
import { complaint, run } from './command.js';
import type { Step } from './steps.js';

const NAME = '@tensorflow/tfjs-node-gpu';
const PACKAGE = `${NAME}@4.22.0`;

/** Hash of the package, as npm notes it; the one of camtune's own package-lock.json. */
export const TFJS_NODE_INTEGRITY =
  'sha512-p//NN6DGiN4hInUmIkRffaFVMcdTREUMjPyjW04J7OXvB2zBlQimj61eFKSgRrH3f5TnOfKzb0n56he/B6a4bw==';

/**
 * Installs tfjs-node-gpu, which npm leaves out when its install script fails, into the project that holds camtune.
 *
 * @throws Failure when npm fails or brings another package, or when the project is not one that npm may change
 */
export async function installTfjsNode(step: Step): Promise<TfjsNode> {
  const project = holdingProject(fileURLToPath(import.meta.url));
  const command = ['install', '--no-save', '--ignore-scripts', PACKAGE];
  if (!project)
    throw new Failure(`setup: expected the package ${PACKAGE}, found none; run npm ${command.join(' ')}`);
  await step(`npm install ${PACKAGE} in ${project}`, async () => {
    const ended = await run('npm', [...command, '--no-audit', '--no-fund'], project);
    if (ended.status !== 0) throw new Failure(`setup: npm install ${PACKAGE} failed (${complaint(ended)})`);
    await requireIntegrity(project);
  });
  const tfjs = findTfjsNode();
  if (!tfjs)
    throw new Failure(`setup: npm installed ${PACKAGE} in ${project}, but camtune does not find it there`);
  return tfjs;
}

/**
 * Makes sure that npm has installed the tfjs-node-gpu that was pinned; removes another one. Nothing of it has run yet.
 *
 * @param project folder that holds node_modules, in which npm notes the hash of every package that it has unpacked
 * @throws Failure that names the expected and the found hash
 */
export async function requireIntegrity(project: string): Promise<void> {
  const note = join(project, 'node_modules', '.package-lock.json');
  const { packages } = JSON.parse(readFileSync(note, 'utf8')) as {
    packages: Record<string, { integrity?: string } | undefined>;
  };
  const found = packages[`node_modules/${NAME}`]?.integrity;
  if (found === TFJS_NODE_INTEGRITY) return;
  await rm(join(project, 'node_modules', NAME), { recursive: true, force: true });
  throw wrongContent(PACKAGE, TFJS_NODE_INTEGRITY, found ?? 'no hash', NPM_REGISTRY);
}

/**
 * The project that a file of camtune belongs to: camtune's own clone, or the folder whose node_modules holds it and
 * whose package.json asks for it. Elsewhere (as in a global installation) npm would remove the neighbors.
 */
export function holdingProject(file: string): string | undefined {
  const inside = file.split('/node_modules/')[0]!;
  if (inside !== file) return asksForCamtune(inside) ? inside : undefined;
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
  }
  return undefined;
}

function asksForCamtune(folder: string): boolean {
  const path = join(folder, 'package.json');
  if (!existsSync(path)) return false;
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Record<
    string,
    Record<string, string> | undefined
  >;
  return ['dependencies', 'devDependencies', 'optionalDependencies'].some(
    (kind) => manifest[kind]?.['camtune'],
  );
}
