import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Failure } from '../errors.js';
import type { PinnedWheel } from './requirements.js';

/**
 * The error for a download that is not the file that was pinned.
 *
 * @param expected, found hashes, with their kind in front: "SHA-256 0f3a..."
 * @param source where the file comes from, with the command that shows it
 */
export function wrongContent(file: string, expected: string, found: string, source: string): Failure {
  return new Failure(
    `setup: ${file}: expected ${expected}, found ${found}; ` +
      `somebody has changed the file or built another, and it is not used: look at ${source}, then run setup again`,
  );
}

/** What pip gets its wheels from. */
export const PIP_INDEX = "pip's package index (`python3 -m pip config list`)";

/** What npm gets its packages from. */
export const NPM_REGISTRY = "npm's registry (`npm config get registry`)";

/**
 * Makes sure that a folder holds the pinned wheels, and nothing else that would be unpacked.
 *
 * @throws Failure that names the file, the expected and the found SHA-256
 */
export async function checkWheels(folder: string, pins: readonly PinnedWheel[]): Promise<void> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.whl'));
  const missing = new Map(pins.map((pin) => [pin.name, pin]));
  for (const file of files.sort()) {
    // A wheel's name begins with the project's, - and . written as _.
    const name = file.split('-')[0]!.replace(/_/g, '-').toLowerCase();
    const pin = missing.get(name);
    const expected = pin ? `SHA-256 ${pin.sha256}` : 'no such wheel';
    const found = await sha256(join(folder, file));
    if (found !== pin?.sha256) throw wrongContent(file, expected, `SHA-256 ${found}`, PIP_INDEX);
    missing.delete(name);
  }
  if (missing.size > 0) {
    const names = [...missing.values()].map(({ name, version }) => `${name} ${version}`);
    throw new Failure(
      `setup: expected the wheels ${names.join(', ')} in ${folder}, found none; run setup again`,
    );
  }
}

/**
 * The first wheel whose hash pip has refused, as an error; undefined where pip has failed for another reason.
 *
 * @param stderr what pip said: `NAME==VERSION from URL (from -r FILE (line 1)):`, `Expected sha256 HASH`, `Got HASH`
 */
export function refusedByPip(stderr: string): Failure | undefined {
  const found = /^\s*(\S+) from (\S+).*:\s+Expected sha256 ([0-9a-f]+)\s+Got\s+([0-9a-f]+)/m.exec(stderr);
  if (!found) return undefined;
  const [, , url, expected, got] = found;
  return wrongContent(basename(url!.split('#')[0]!), `SHA-256 ${expected}`, `SHA-256 ${got}`, PIP_INDEX);
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
