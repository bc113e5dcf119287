import { readFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { InvalidInput, invalid } from '../../errors.js';
import { isObject } from '../../is-object.js';
import { readRegularFile, utf8 } from '../../read-file.js';
import type { Content } from './merge.js';
import { parseYaml } from './yaml.js';

/** Of a recipe that another one extends. */
const MOST_BYTES = 2 ** 24;

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
  let named = 'recipe';
  while (next !== undefined) {
    const file: string = next;
    visited.push(resolve(file));
    const content = parseYaml(await text(file, named, next === path), file) ?? {};
    layers.unshift({ source: file, content });
    next = parent(file, content);
    named = `${file}: extends`;
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

/** @param mayBePiped as with <(…), which gives a pipe a name; what a recipe extends is a file */
async function text(file: string, named: string, mayBePiped: boolean): Promise<string> {
  const reading = mayBePiped ? readFile(file) : readRegularFile(file, MOST_BYTES);
  const bytes = await reading.catch((error: NodeJS.ErrnoException) => {
    const { code = 'no regular file' } = (error.cause ?? error) as NodeJS.ErrnoException;
    throw invalid(named, 'a recipe file (YAML) that can be read', `${file} (${code})`);
  });
  return utf8(bytes, file);
}

function shown(path: string): string {
  const near = relative(process.cwd(), path);
  return near.startsWith('..') ? path : near;
}
