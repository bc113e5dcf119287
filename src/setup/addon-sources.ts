import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../errors.js';
import type { TfjsNode } from '../tensorflow/native/index.js';

/** Names of attributes, that all threads of a process share in tfjs-node: two workers at once would corrupt them. */
const SHARED_NAMES = 'static std::set<std::string> ATTR_NAME_SET;';
const NAMES_OF_A_THREAD = 'static thread_local std::set<std::string> ATTR_NAME_SET;';

/** Counts our changes to the addon. */
export const ADDON_REVISION = 1;

/** What an addon with our changes exports: `int camtune_addon_revision()`. */
export const REVISION_FUNCTION = 'camtune_addon_revision';

const REVISION = `
extern "C" __attribute__((visibility("default"))) int ${REVISION_FUNCTION}() { return ${ADDON_REVISION}; }
`;

/**
 * Copies the C++ sources of tfjs-node's addon, changed so that several threads of a process may use it.
 *
 * @param folder for the copy; gets the folder `binding`
 * @throws Failure when the sources are not those that the changes were made for
 */
export async function copyAddonSources(tfjs: TfjsNode, folder: string): Promise<void> {
  await cp(join(tfjs.folder, 'binding'), join(folder, 'binding'), { recursive: true });
  const path = join('binding', 'tfjs_backend.cc');
  const source = await readFile(join(folder, path), 'utf8').catch(() => '');
  const parts = source.split(SHARED_NAMES);
  if (parts.length !== 2) {
    throw new Failure(
      `setup: ${join(tfjs.folder, path)}: expected the line "${SHARED_NAMES}" once, found it ${parts.length - 1} times; ` +
        `camtune is made for tfjs-node 4.22.0, and this is ${tfjs.version}`,
    );
  }
  await writeFile(join(folder, path), parts.join(NAMES_OF_A_THREAD) + REVISION);
}
