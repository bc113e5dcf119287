import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { random } from '../../src/random.js';

/** Makes a temporary folder with the files given, runs the test in it, and removes it. */
export async function inFolder(
  files: Record<string, Uint8Array | string>,
  test: (dir: string) => Promise<void>,
): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'camtune-data-'));
  try {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(dir, name)), { recursive: true });
      await writeFile(join(dir, name), content);
    }
    await test(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** An image of one color, still to be encoded. */
export function plain(width: number, height: number, [r, g, b]: [number, number, number]): Sharp {
  return sharp({ create: { width, height, channels: 3, background: { r, g, b } } });
}

/** A PNG of the pixels given: rows of gray values 0..255. */
export function grayPng(rows: number[][]): Promise<Buffer> {
  const pixels = Uint8Array.from(rows.flat().flatMap((value) => [value, value, value]));
  return sharp(pixels, { raw: { width: rows[0]!.length, height: rows.length, channels: 3 } })
    .png()
    .toBuffer();
}

/** A JPEG that is large enough to lose its end; the same at each call. */
export function noisyJpeg(width = 160, height = 120): Promise<Buffer> {
  const next = random(1);
  const pixels = Uint8Array.from({ length: width * height * 3 }, () => 256 * next());
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg()
    .toBuffer();
}

/** The error that a promise rejects with; fails the test when it does not. */
export async function errorOf(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('expected an error, and there was none');
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
