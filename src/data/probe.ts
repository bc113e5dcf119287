import { readFile, stat } from 'node:fs/promises';
import sharp from 'sharp';
import { Failure } from '../errors.js';
import { jpegDecoder, type KnownJpeg } from './jpeg/index.js';
import { countScans } from './jpeg-scans.js';

/** What must be known of an image file before its pixels are read. */
export interface Probe {
  /** Size of the upright image (EXIF orientation applied), pixels. */
  width: number;
  height: number;
  hasAlpha: boolean;
  /** Of a JPEG file that libjpeg-turbo takes. */
  jpeg?: KnownJpeg;
  /** Whether the image is stored upright, without an EXIF orientation that says otherwise. */
  isUpright: boolean;
}

/** A progressive JPEG that says more is made to keep a decoder busy; a photograph has about ten. As in image.cc. */
const MOST_SCANS = 500;

const formats = ['jpeg', 'png', 'webp', 'heif', 'tiff'];

/**
 * Reads size and kind of an image file, and makes sure that the file is whole: a decoder that is asked for a crop
 * does not look at what is missing below it, and a damaged file should be found whatever the crop.
 *
 * Rejects (with any error; `reasonOf` puts it in words) when this is not a whole JPEG, PNG, WebP, AVIF or TIFF file.
 */
export async function probeImage(path: string): Promise<Probe> {
  const jpeg = await jpegDecoder()?.probe(path);
  return jpeg ? { ...upright(jpeg), hasAlpha: false, jpeg, isUpright: jpeg[2] === 1 } : probeWithSharp(path);
}

/** The orientations from 5 on lie on their side. */
function upright([width, height, orientation]: KnownJpeg): { width: number; height: number } {
  return orientation >= 5 ? { width: height, height: width } : { width, height };
}

async function probeWithSharp(path: string): Promise<Probe> {
  const status = await stat(path);
  // A pipe would wait for a writer, a device may never end; a folder has words of its own.
  if (!status.isFile() && !status.isDirectory()) throw new Failure('is a pipe, a socket or a device, not a file');
  const bytes = await readFile(path);
  if (bytes.length === 0) throw new Failure('is empty');
  const { format, hasAlpha, autoOrient, orientation = 1 } = await sharp(bytes).metadata();
  if (!formats.includes(format)) throw new Failure(`is of the format ${format}`);
  if (!isWhole(bytes)) throw new Failure('is damaged: its end is missing');
  const scans = format === 'jpeg' ? countScans(bytes) : 0;
  if (scans > MOST_SCANS) throw new Failure(`is a JPEG of ${scans} scans, which take minutes; at most ${MOST_SCANS} are read`);
  return { width: autoOrient.width, height: autoOrient.height, hasAlpha, isUpright: orientation === 1 };
}

/** JPEG and PNG end in a marker that stands nowhere else in their image data; the other formats are read whole anyway. */
function isWhole(bytes: Buffer): boolean {
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return bytes.lastIndexOf('ffd9', undefined, 'hex') > 0;
  if (bytes[0] === 0x89 && bytes[1] === 0x50) return bytes.lastIndexOf('IEND', undefined, 'latin1') > 0;
  return true;
}
