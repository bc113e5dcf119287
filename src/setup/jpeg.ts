import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Failure } from '../errors.js';
import { writeFileAtomic } from '../files/write-atomic.js';
import { hasJpegDecoder, jpegDecoderPath, turboJpegPath } from '../data/jpeg/index.js';
import { camtuneHome } from '../tensorflow/native/index.js';
import { compileJpegDecoder } from './build.js';
import { NPM_REGISTRY, wrongContent } from './checksum.js';
import { complaint, run } from './command.js';
import type { Step } from './steps.js';
import { findCompiler, requireTools } from './tools.js';
import { temporary } from './wheel.js';

/** The npm package that holds libjpeg-turbo 3.1.2 as a shared library. Nothing else of it is used. */
const PACKAGE = '@julusian/jpeg-turbo@2.3.0';

/** SHA-256 of its libraries. */
const LIBRARIES: Record<string, string> = {
  x64: 'd8a735da75b826e407dc442a8c86de5f45372fdc35e83a0bc7d9d4236c11d30e',
  arm64: '96f7bf39ebca03f8cb4a47e5b8bc610123314e87b8106661b54cc9e7bef2b295',
};

/**
 * Brings libjpeg-turbo into the cache and compiles our decoder, where either is missing. Only for the holder of the
 * lock. Without the decoder everything works, slower: a failure is told, not thrown.
 *
 * @param rebuild compile in any case
 */
export async function installJpegDecoder(
  rebuild: boolean,
  step: Step,
  log: (line: string) => void,
): Promise<void> {
  try {
    if (!existsSync(turboJpegPath())) await step('download libjpeg-turbo, 1 MB', fetchTurboJpeg);
    if (rebuild || !existsSync(jpegDecoderPath())) await step('compile the JPEG decoder', compile);
  } catch (error) {
    log(`${(error as Error).message}; JPEG files are left to sharp, which is slower`);
  }
}

/** Where the decoder is, null where there is none. */
export function installedJpegDecoder(): string | null {
  return hasJpegDecoder() ? jpegDecoderPath() : null;
}

async function compile(): Promise<void> {
  const compiler = await findCompiler();
  requireTools([compiler]);
  await compileJpegDecoder(compiler.command);
}

async function fetchTurboJpeg(): Promise<void> {
  const folder = temporary(join(camtuneHome(), 'jpeg-turbo'));
  await mkdir(folder, { recursive: true });
  try {
    const command = ['pack', PACKAGE, '--ignore-scripts', '--silent', '--pack-destination', folder];
    const ended = await run('npm', command);
    if (ended.status !== 0) throw new Failure(`setup: npm pack ${PACKAGE} failed (${complaint(ended)})`);
    const [name] = await readdir(folder);
    const files = gunzipSync(await readFile(join(folder, name!)));
    const library = fileOfTar(files, `package/prebuilds/jpeg-turbo-linux-${process.arch}/libturbojpeg.so.0`);
    const found = library ? `SHA-256 ${createHash('sha256').update(library).digest('hex')}` : 'no such file';
    const expected = `SHA-256 ${LIBRARIES[process.arch]}`;
    if (!library || found !== expected)
      throw wrongContent(`libturbojpeg.so.0 of ${PACKAGE}`, expected, found, NPM_REGISTRY);
    await writeFileAtomic(turboJpegPath(), library);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * A file of a tar archive, undefined where it holds none of that name. Headers of 512 bytes: the name first, at 124 the
 * length in octal digits; contents padded to 512 (POSIX ustar).
 */
export function fileOfTar(archive: Buffer, path: string): Buffer | undefined {
  const text = (from: number, to: number): string => archive.toString('latin1', from, to).split('\0')[0]!;
  for (let at = 0; at + 512 <= archive.length && archive[at] !== 0;) {
    const length = Number.parseInt(text(at + 124, at + 136), 8);
    if (!(length >= 0)) return undefined;
    const content = at + 512;
    if (text(at, at + 100) === path) return archive.subarray(content, content + length);
    at = content + Math.ceil(length / 512) * 512;
  }
  return undefined;
}
