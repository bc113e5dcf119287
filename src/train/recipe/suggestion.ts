import { nearest } from '../../text/nearest.js';
import type { Schema } from './schema/index.js';

/**
 * What somebody who wrote an unknown key probably meant: the nearest key beside it, else the same key in another
 * section, else nothing but the list of what stands there.
 *
 * @param path where the unknown key stands, ['stage', 'group']
 * @param section the schema of the section that it stands in
 * @param root the schema of the whole recipe
 */
export function suggestion(path: string[], section: Schema, root: Schema): string {
  const key = path.at(-1) ?? '';
  const parent = path.slice(0, -1);
  const siblings = Object.keys(section.properties ?? {});
  const meant =
    nearest(
      key,
      siblings,
      siblings.map((name) => [...parent, name]),
    ) ?? elsewhere(key, root);
  return meant ? `did you mean ${meant.join('.')}?` : `known here: ${siblings.join(', ')}`;
}

function elsewhere(key: string, root: Schema): string[] | undefined {
  const paths = leaves(root, []);
  return nearest(
    key,
    paths.map((path) => path.at(-1)!),
    paths,
  );
}

function leaves(schema: Schema, path: string[]): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, node]) => [
    [...path, key],
    ...leaves(node, [...path, key]),
  ]);
}
