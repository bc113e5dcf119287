import sharp, { type Sharp } from 'sharp';
import { Failure, invalid, phrase } from '../errors.js';
import { readRegularFile } from '../files/read-file.js';

/** An RGB picture in memory: 0..255, [height, width, 3] in row-major order. */
export interface Picture {
  pixels: Uint8Array;
  width: number;
  height: number;
}

/** Throws unless `pixels` holds height · width · 3 bytes and both sides are at least 1. */
export function checkPicture(name: string, { pixels, width, height }: Picture): void {
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0)) {
    throw invalid(name, 'a width and a height of at least 1', phrase(`${width} × ${height}`));
  }
  if (pixels.length !== width * height * 3) {
    throw invalid(name, `${width} × ${height} × 3 bytes`, phrase(`${pixels.length} bytes`));
  }
}

/** A picture as the bytes of a PNG file. */
export async function encodePng(picture: Picture): Promise<Buffer> {
  checkPicture('picture', picture);
  return sharpOf(picture).png().toBuffer();
}

/**
 * Reads a picture (bytes of any format that sharp reads, or a path) as RGB; transparency becomes white.
 *
 * @throws Failure that names the file where it cannot be read or decoded
 */
export async function decodePicture(source: string | Uint8Array): Promise<Picture> {
  if (typeof source !== 'string') return decoded(source);
  const bytes = await readRegularFile(source, Infinity);
  // What libvips says of it may be about another picture, see src/data/reason.ts.
  return decoded(bytes).catch((cause: unknown) => {
    throw new Failure(`${source}: expected a picture, found what cannot be decoded`, { cause });
  });
}

async function decoded(bytes: Uint8Array): Promise<Picture> {
  const { data, info } = await sharp(bytes)
    .flatten({ background: 'white' })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { pixels: new Uint8Array(data), width: info.width, height: info.height };
}

/**
 * The picture inside width × height: scaled with its aspect ratio kept, centered, white around.
 * A picture that has this size already is returned as it is, so that nothing is blurred without need.
 */
export async function fit(picture: Picture, width: number, height: number): Promise<Picture> {
  checkPicture('picture', picture);
  if (picture.width === width && picture.height === height) return picture;
  const pixels = await sharpOf(picture)
    .resize(width, height, { fit: 'contain', background: 'white' })
    .raw()
    .toBuffer();
  return { pixels: new Uint8Array(pixels), width, height };
}

/** The picture as a sharp pipeline. */
export function sharpOf({ pixels, width, height }: Picture): Sharp {
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}
