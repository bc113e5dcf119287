import { createReadStream } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { Failure, InvalidInput, invalid } from '../../errors.js';
import { systemReason } from '../../files/folders.js';
import { isObject } from '../../text/is-object.js';
import { printable } from '../../text/printable.js';
import { readRegularFile, utf8 } from '../../files/read-file.js';
import type { Content } from './merge.js';
import { parseYaml } from './yaml.js';

/** No recipe is longer. */
const MOST_BYTES = 2 ** 22;

/** Part of a recipe, and the file or flag that it comes from. */
export interface Layer {
  source: string;
  content: unknown;
}

/**
 * A recipe file and all that it extends, the most basic one first.
 *
 * @throws InvalidInput where a file is missing, is not YAML, or extends itself in the end
 */
export async function fileLayers(path: string): Promise<Layer[]> {
  const layers: Layer[] = [];
  const visited: string[] = [];
  let next: string | undefined = path;
  let extending: string | undefined;
  while (next !== undefined) {
    const file: string = next;
    visited.push(resolve(file));
    const content = parseYaml(await text(file, extending), file) ?? {};
    layers.unshift({ source: file, content });
    next = parent(file, content);
    extending = file;
    if (next !== undefined && visited.includes(resolve(next))) {
      const circle = [...visited.slice(visited.indexOf(resolve(next))), resolve(next)];
      throw new InvalidInput(
        `${file}: extends: the recipes extend each other in a circle: ${circle.map(shown).join(' → ')}`,
      );
    }
  }
  return layers;
}

/**
 * A part of a recipe from `--set a.b=value`; the value is YAML, so that true, 1e-3, null and [a, b] are what they
 * look like.
 *
 * @throws InvalidInput where there is no key or no =, or the value is not YAML
 */
export function overrideLayer(assignment: string): Layer {
  const [, path, value] = /^\s*([^=\s]+)\s*=(.*)$/s.exec(assignment) ?? [];
  if (path === undefined || value === undefined) {
    throw invalid('--set', 'key=value, for example optimizer.learningRate=0.01', assignment);
  }
  if (path === 'extends') {
    throw invalid('--set', 'a key of the recipe', assignment, 'write extends into a recipe file of your own');
  }
  const source = `--set ${assignment}`;
  const parsed = parseYaml(value, source) ?? null;
  const content = path
    .split('.')
    .reduceRight<unknown>((inner, key) => Object.fromEntries([[key, inner]]), parsed);
  return { source, content };
}

/** The content without `extends`, which is not part of a recipe but says where the rest of it is. */
export function ownKeys(content: Content): Content {
  return Object.fromEntries(Object.entries(content).filter(([key]) => key !== 'extends'));
}

function parent(file: string, content: unknown): string | undefined {
  if (!isObject(content) || typeof content.extends !== 'string') return undefined;
  return shown(resolve(dirname(file), content.extends));
}

/** @param extending the recipe that names this one, which has to be a file; the first may be piped, as with <(…) */
async function text(file: string, extending?: string): Promise<string> {
  const reading = extending ? readRegularFile(file, MOST_BYTES) : readPiped(file);
  const bytes = await reading.catch((error: NodeJS.ErrnoException) => {
    const refused = (error.cause ?? error) as NodeJS.ErrnoException;
    const reason = refused.errno ? systemReason(refused) : 'no regular file, or far too large a one';
    const [name, where] = extending ? [`${extending}: extends`, `, for ${file}`] : [file, ''];
    throw new InvalidInput(printable(`${name}: expected a recipe file (YAML), found: ${reason}${where}`));
  });
  return utf8(bytes, file);
}

/** What a pipe gives until it ends, or until it is too much for a recipe. */
async function readPiped(file: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new Failure(`${file}: too large for a recipe`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function shown(path: string): string {
  const near = relative(process.cwd(), path);
  return near === '' || near.startsWith('..') ? path : near;
}
