import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { camtuneHome } from '../../tensorflow/native/index.js';

const SOURCES = fileURLToPath(new URL('.', import.meta.url));

/** The release of libjpeg-turbo that the decoder uses. */
export const TURBO_JPEG_VERSION = '3.1.2';

/** C++ sources of the decoder, absolute paths in a fixed order. */
export function jpegSources(): string[] {
  return native().filter((path) => path.endsWith('.cc'));
}

/** libjpeg-turbo, where setup keeps it. */
export function turboJpegPath(): string {
  return join(camtuneHome(), `libturbojpeg-${TURBO_JPEG_VERSION}-${process.platform}-${process.arch}.so`);
}

/** The compiled decoder; its name holds a hash of the sources, so that new ones are compiled anew. */
export function jpegDecoderPath(): string {
  const hash = createHash('sha256');
  for (const path of native()) hash.update(readFileSync(path));
  const suffix = hash.digest('hex').slice(0, 12);
  return join(camtuneHome(), `jpeg-${process.platform}-${process.arch}-${suffix}.node`);
}

/** Whether setup has built the decoder. */
export function hasJpegDecoder(): boolean {
  return existsSync(turboJpegPath()) && existsSync(jpegDecoderPath());
}

function native(): string[] {
  const names = readdirSync(SOURCES).filter((name) => /\.(cc|h)$/.test(name));
  return names.sort().map((name) => join(SOURCES, name));
}
