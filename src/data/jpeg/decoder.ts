import { availableParallelism, constants } from 'node:os';
import { commandLine } from '../../process/command-line.js';
import { Failure } from '../../errors.js';
import { hasJpegDecoder, jpegDecoderPath, turboJpegPath } from './paths.js';

/** What the probe says of a JPEG file: its size as stored, pixels, and its EXIF orientation, 1 to 8. */
export type KnownJpeg = readonly [width: number, height: number, orientation: number];

/** A part of an image, pixels. */
export interface JpegPart {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** What to decode: `region` of the upright image, resized, `window` of that, mirrored where `flipped`. */
export interface JpegPlan {
  region: JpegPart;
  resized: { width: number; height: number };
  window: JpegPart;
  flipped: boolean;
  /** With antialiasing, in Pillow's arithmetic. */
  interpolation: 'bilinear' | 'bicubic' | 'lanczos3';
  /** How many times smaller the decoder's inverse DCT makes the image before it is resized. */
  reduction: 1 | 2 | 4 | 8;
}

/**
 * Decodes JPEG files with libjpeg-turbo, in threads of its own: one a processor core; where no thread can be started, in
 * the calling one, before the promise is returned. It says no, not why: a file that
 * it does not take is for another decoder, which also finds the words for what is wrong with it.
 */
export interface JpegDecoder {
  /**
   * Reads the header, and looks whether the file has an end. Goes before the decodings that wait.
   *
   * @returns null unless this is a whole 8-bit gray, YCbCr or RGB JPEG of at most 32 megapixels and 500 scans
   */
  probe(path: string): Promise<KnownJpeg | null>;
  /**
   * Decodes a probed file. The work is queued before this returns.
   *
   * @param into RGB [window.height, window.width, 3]; not to be touched before the promise is settled
   * @returns whether it holds the pixels; not so where the file is damaged or no longer the one that was probed
   */
  decode(path: string, known: KnownJpeg, plan: JpegPlan, into: Uint8Array): Promise<boolean>;
}

interface Addon {
  start(library: string, threads: number): void;
  probe(path: string): Promise<KnownJpeg | null>;
  decode(path: string, known: KnownJpeg, plan: number[], into: Uint8Array): Promise<KnownJpeg | null>;
}

const filters = { bilinear: 0, bicubic: 1, lanczos3: 2 } as const;

/** One for the main thread and one for each worker: its threads serve all readers. */
let loaded: JpegDecoder | undefined;

/**
 * The decoder of this thread of JavaScript; nothing where setup has not built it, or with `CAMTUNE_JPEG=sharp` in the environment.
 *
 * @throws Failure when it is there, but cannot be loaded
 */
export function jpegDecoder(): JpegDecoder | undefined {
  if (process.env['CAMTUNE_JPEG'] === 'sharp') return undefined;
  if (!loaded && hasJpegDecoder()) loaded = load(jpegDecoderPath());
  return loaded;
}

function load(path: string): JpegDecoder {
  const holder: { exports: unknown } = { exports: {} };
  try {
    process.dlopen(holder, path, constants.dlopen.RTLD_NOW);
    (holder.exports as Addon).start(turboJpegPath(), availableParallelism());
  } catch (error) {
    const fix = `run \`${commandLine(['setup', '--rebuild'])}\`, or set CAMTUNE_JPEG=sharp to do without it`;
    throw new Failure(`${path}: cannot be loaded (${(error as Error).message}); ${fix}`);
  }
  const addon = holder.exports as Addon;
  return {
    probe: (path) => addon.probe(path),
    decode: async (path, known, plan, into) =>
      (await addon.decode(path, known, numbers(plan), into)) !== null,
  };
}

function numbers({ region, resized, window, flipped, interpolation, reduction }: JpegPlan): number[] {
  const part = ({ left, top, width, height }: JpegPart): number[] => [left, top, width, height];
  const sides = [...part(region), resized.width, resized.height, ...part(window)];
  return [...sides, Number(flipped), filters[interpolation], reduction];
}
