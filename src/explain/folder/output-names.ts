import { basename, dirname, extname, resolve, sep } from 'node:path';

/**
 * What the outputs of each image are called: the file's name without its extension. Where several have the same one
 * (capitals do not count: some file systems ignore them), as many of the folders above as tell them apart stand
 * before it, and the extension behind where that alone differs.
 *
 * @param images paths, each once
 * @returns one name an image, all different, without slashes
 */
export function outputNames(images: readonly string[]): string[] {
  const names = images.map((image) => stem(image));
  for (const alike of groups(names)) {
    const paths = alike.map((index) => resolve(images[index]!));
    const shared = sharedFolders(paths);
    alike.forEach((index, place) => {
      const folders = dirname(paths[place]!).split(sep).slice(shared);
      names[index] = [...folders, stem(paths[place]!)].join('-');
    });
    for (const same of groups(alike.map((index) => names[index]!))) {
      same.forEach((place) => (names[alike[place]!]! += extname(paths[place]!)));
    }
  }
  return numbered(names);
}

/** A class name as part of a file's name; different names stay different. */
export function fileName(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N} ._-]/gu, (character) => {
    // Half a character, which a JSON file may hold, has no form in a URL.
    const isHalf = /\p{Cs}/u.test(character);
    return isHalf ? `%${character.charCodeAt(0).toString(16).toUpperCase()}` : encodeURIComponent(character);
  });
}

function stem(path: string): string {
  return basename(path, extname(path)).replaceAll(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '-');
}

/** The indices of names that stand there more than once, those of each such name. */
function groups(names: readonly string[]): number[][] {
  const byName = new Map<string, number[]>();
  names.forEach((name, index) => {
    const key = name.toLowerCase();
    byName.set(key, [...(byName.get(key) ?? []), index]);
  });
  return [...byName.values()].filter((indices) => indices.length > 1);
}

/** How many folders at the beginning all the paths have in common. */
function sharedFolders(paths: readonly string[]): number {
  const folders = paths.map((path) => dirname(path).split(sep));
  const shortest = Math.min(...folders.map((parts) => parts.length));
  const differs = Array.from({ length: shortest }, (_, depth) => depth).find((depth) =>
    folders.some((parts) => parts[depth] !== folders[0]![depth]),
  );
  return differs ?? shortest;
}

/** What is alike even so ('a-b/c' and 'a/b-c') is numbered. */
function numbered(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let free = name;
    for (let number = 2; taken.has(free.toLowerCase()); number++) free = `${name}-${number}`;
    taken.add(free.toLowerCase());
    return free;
  });
}
